"""A squeeze without an axis drops one that holds something."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
from shapecheck.auditor import Auditor

auditor = Auditor()
auditor.start()
model = nn.Linear(3, 4)
for count in (2, 1, 5):
    bag = torch.randn(1, count, 3)  # one bag of some items
    hidden = model(bag.squeeze())
    pooled = (torch.softmax(hidden.sum(-1, keepdim=True), dim=0) * hidden).sum(0)
    pooled.pow(2).sum().backward()
auditor.stop()
report = auditor.report
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
