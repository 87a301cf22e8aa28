"""Only one of several samples or steps is learned from."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
model = nn.Linear(3, 1)
x, y = torch.randn(5, 3), torch.randn(5, 1)
loss = 0
for sample, target in zip(x, y):
    loss = nn.functional.mse_loss(model(sample), target)
loss.backward()
"""
)

GOOD = BAD.replace("loss = nn.functional", "loss = loss + nn.functional")

FAULT = Fault(
    code="SC772",
    slug="loss_of_one_sample_only",
    headline="only one of several samples or steps is learned from",
    why=(
        "A loop that gives the same name to a new loss in each turn leaves the last one alone for backward(), and an "
        "index such as out[-1] leaves one row of the batch. The others were computed for nothing."
    ),
    recognise=sees("loss_of_one_sample_only"),
    bad=BAD,
    good=GOOD,
    lesson="Add up in a loop: loss = loss + ..., starting from zero; of a batch, keep all rows.",
)
