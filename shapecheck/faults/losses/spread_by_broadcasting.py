"""One of prediction and target is repeated to fit the other."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch import nn

from shapecheck import CheckedLoss

criterion = CheckedLoss(nn.L1Loss())
prediction = torch.randn(8, 5)  # (batch_size, out_size)
target = torch.randn(5)
criterion(prediction, target)
"""

GOOD = BAD.replace(
    "target = torch.randn(5)",
    "target = torch.randn(5).expand_as(prediction)  # one target for all, and written so",
)

FAULT = Fault(
    code="SC405",
    slug="spread_by_broadcasting",
    headline="one of prediction and target is repeated to fit the other",
    why=(
        "Where one tensor has an axis of size 1, or lacks an axis in front, torch repeats it along that axis. "
        "That is what you want for a constant, and hardly ever for a batch of targets: the first axis of the "
        "one is then compared with an axis of the other that means something else."
    ),
    recognise=recognise_hazard("spread_by_broadcasting"),
    bad=BAD,
    good=GOOD,
    lesson="Write the repetition out with expand_as where it is meant, so that it cannot happen where it is not.",
    severity="warning",
)
