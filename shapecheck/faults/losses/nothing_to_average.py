"""The loss is the mean of nothing."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch import nn

from shapecheck import CheckedLoss

criterion = CheckedLoss(nn.CrossEntropyLoss(ignore_index=0))
scores = torch.randn(4, 5)  # (batch_size, num_classes)
labels = torch.tensor([0, 0, 0, 0])
criterion(scores, labels)
"""

GOOD = BAD.replace(
    "labels = torch.tensor([0, 0, 0, 0])",
    "labels = torch.tensor([3, 1, 4, 2])",
)

FAULT = Fault(
    code="SC413",
    slug="nothing_to_average",
    headline="the loss is the mean of nothing",
    why=(
        "With reduction='mean' the losses are added up and divided by how many count. An empty batch, or one "
        "whose labels are all ignore_index (padding only), has none: 0 divided by 0 is NaN, and one "
        "backward() later every weight is NaN too."
    ),
    recognise=recognise_hazard("nothing_to_average"),
    bad=BAD,
    good=GOOD,
    lesson="Skip a batch in which nothing counts, or sum the losses and divide by max(count, 1).",
    severity="warning",
)
