"""Copies lie along another axis than the items that they were made for."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 6)
        self.centres = nn.Parameter(torch.randn(1, 5, 1, 6))

    def forward(self, x):
        h = self.layer(x).unsqueeze(1).unsqueeze(2).repeat(1, 1, 5, 1)
        return (h - self.centres).square().flatten(1).sum(1, keepdim=True)


batch = torch.randn(4, 6), torch.randn(4, 1)
report = audit(Model(), nn.MSELoss(), batch)
"""
)

GOOD = BAD.replace("repeat(1, 1, 5, 1)", "repeat(1, 5, 1, 1)")

FAULT = Fault(
    code="SC1078",
    slug="copies_beside_items",
    headline="copies lie along another axis than the items that they were made for",
    why=(
        "To hold one item against several it may be repeated, along the axis on which these lie. Along another axis "
        "the copies are spread over all items once more: a table, in which every number stands as often as there are "
        "copies. A sum of it is as many times too large."
    ),
    recognise=sees("copies_beside_items"),
    bad=BAD,
    good=GOOD,
    lesson="An axis of size one is spread by itself: leave the repeat out.",
)
