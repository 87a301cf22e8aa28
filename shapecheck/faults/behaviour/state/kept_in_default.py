"""A list that is the default of an argument keeps a batch for the next one."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 1)

    def forward(self, x, seen=[]):
        for step in x.unbind(1):
            seen.append(step)
        return self.linear(torch.stack(seen, 1).mean(1))


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for step in range(3):
    loss = nn.functional.mse_loss(model(torch.randn(4, 5, 3)), torch.randn(4, 1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("seen=[]):", "seen=None):\n        seen = []")

FAULT = Fault(
    code="SC819",
    slug="kept_in_default",
    headline="a list that is a default keeps what earlier batches have put there",
    why=(
        "Python makes the default of an argument once, when the function is made, and not in each call. What a call "
        "appends to it is still there in the next one, so that samples are read together with those of batches before."
    ),
    recognise=sees("kept_in_default"),
    bad=BAD,
    good=GOOD,
    lesson="A default is None, and the list is made in the function.",
)
