"""Float targets of the shape of the scores are read as probabilities."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch import nn

from shapecheck import CheckedLoss

criterion = CheckedLoss(nn.CrossEntropyLoss())
scores = torch.randn(4, 5)  # (batch_size, num_classes)
target = torch.full((4, 5), 3.0)
criterion(scores, target)
"""

GOOD = BAD.replace(
    "target = torch.full((4, 5), 3.0)",
    "target = torch.full((4,), 3)  # (batch_size,), int64",
)

FAULT = Fault(
    code="SC407",
    slug="targets_read_as_probabilities",
    headline="float targets of the shape of the scores are read as probabilities",
    why=(
        "Cross entropy tells labels from probabilities by their shape: a target of the very shape of the "
        "scores holds one probability for each class, whatever is in it. A float one-hot happens to mean the "
        "same as its label; numbers that are no probabilities give a loss that means nothing, and nothing "
        "raises."
    ),
    recognise=recognise_hazard("targets_read_as_probabilities"),
    bad=BAD,
    good=GOOD,
    lesson="Labels are (N,) of int64; only real probabilities, whose rows add up to 1, have the shape of the scores.",
    severity="warning",
)
