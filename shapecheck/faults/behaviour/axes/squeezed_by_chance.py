"""A squeeze without an axis drops one that holds something."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Pooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 4)

    def forward(self, bag):
        hidden = self.linear(bag.squeeze())
        return (torch.softmax(hidden, dim=0) * hidden).sum(0)


model = Pooled()
for count in (2, 1, 5):
    bag = torch.randn(1, count, 3)  # one bag of some items
    model(bag).pow(2).sum().backward()
"""
)

GOOD = BAD.replace("bag.squeeze()", "bag.squeeze(0)")

FAULT = Fault(
    code="SC773",
    slug="squeezed_by_chance",
    headline="a squeeze without an axis drops one that holds something",
    why=(
        "squeeze() without an argument drops every axis of size one. With a single item, the axis of the "
        "items goes as well, and what runs along axis zero or the last one then runs along another axis."
    ),
    recognise=sees("squeezed_by_chance"),
    bad=BAD,
    good=GOOD,
    lesson="Say which axis to squeeze.",
)
