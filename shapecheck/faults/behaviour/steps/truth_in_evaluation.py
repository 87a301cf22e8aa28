"""Teacher forcing is left on where the model is measured."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
import random

random.seed(0)


class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.GRUCell(1, 6), nn.Linear(6, 1)

    def forward(self, past, future, forcing=0.5):
        state, value, outs = torch.zeros(len(past), 6), past[:, -1:], []
        for t in range(future.size(1)):
            state = self.cell(value, state)
            out = self.head(state)
            outs.append(out)
            value = future[:, t:t + 1] if random.random() < forcing else out
        return torch.cat(outs, 1)


model = Forecast()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
past, future = torch.randn(2, 8, 4), torch.randn(2, 8, 7)
for x, y in zip(past, future):
    loss = nn.functional.mse_loss(model(x, y), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    print(nn.functional.mse_loss(model(past[0], future[0]), future[0]).item())
"""
)

GOOD = BAD.replace("model(past[0], future[0])", "model(past[0], future[0], forcing=0.0)")

FAULT = Fault(
    code="SC881",
    slug="truth_in_evaluation",
    headline="in evaluation a decoder is still given steps of the answer by chance",
    why=(
        "Teacher forcing, or scheduled sampling, feeds a decoder the true step instead of its own prediction, to keep "
        "early training on its way. Where the model is used there is no true step: an evaluation that feeds some "
        "measures something else, and comes out too good."
    ),
    recognise=sees("truth_in_evaluation"),
    bad=BAD,
    good=GOOD,
    lesson="Set the ratio of teacher forcing to 0 wherever the model is measured.",
)
