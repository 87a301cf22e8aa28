"""A layer is called where one like it was made to be."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Pairs(nn.Module):
    def __init__(self):
        super().__init__()
        self.left_side, self.right_side = nn.Linear(3, 4), nn.Linear(3, 4)

    def forward(self, left, right):
        one = self.left_side(left)
        two = self.left_side(right)
        return (one * two).sum(1)


model = Pairs()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for step in range(4):
    loss = model(torch.randn(5, 3), torch.randn(5, 3)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("self.left_side(right)", "self.right_side(right)")

FAULT = Fault(
    code="SC818",
    slug="called_for_another",
    headline="a layer is never called, and one that is made alike is called in its place",
    why=(
        "Both layers take and return the same shapes, so that nothing fails. The optimizer holds a layer that never "
        "has a gradient, and the other one learns two tasks at once."
    ),
    recognise=sees("called_for_another"),
    bad=BAD,
    good=GOOD,
    lesson="Each layer that __init__ makes is called in forward.",
)
