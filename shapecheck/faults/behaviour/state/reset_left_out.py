"""Training resets the state of the rows where a new sequence begins, and the evaluation does not."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """


class Clicks(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.GRUCell(3, 4), nn.Linear(4, 2)

    def forward(self, x, state):
        state = self.rnn(x, state)
        return self.head(state), state


def batches(count):
    for _ in range(count):
        yield torch.randn(5, 3), torch.randint(0, 2, (5,)), (torch.rand(5, 1) < 0.3).float()


model = Clicks()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
state = torch.zeros(5, 4)
for x, y, begins in batches(4):
    state = state.detach() * (1 - begins)
    scores, state = model(x, state)
    loss = nn.functional.cross_entropy(scores, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    state, right = torch.zeros(5, 4), 0
    for x, y, begins in batches(4):
        scores, state = model(x, state)
        right += (scores.argmax(1) == y).sum().item()
"""
)

GOOD = BAD.replace(
    "        scores, state = model", "        state = state * (1 - begins)\n        scores, state = model"
)

FAULT = Fault(
    code="SC880",
    slug="reset_left_out",
    headline="training resets the state where a sequence begins, and the evaluation does not",
    why=(
        "A batch of streams says which rows begin a new sequence. Training sets their state to zero; the evaluation "
        "gets the same batches and does not, so what it says of a sequence depends on another one that ended in the "
        "same row."
    ),
    recognise=sees("reset_left_out"),
    bad=BAD,
    good=GOOD,
    lesson="What resets the state in training belongs into the loop of the evaluation as well.",
)
