"""Labels of 0 and 1 are given where 1 and -1 are wanted."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch import nn

from shapecheck import CheckedLoss

criterion = CheckedLoss(nn.SoftMarginLoss())
scores = torch.randn(4)  # (batch_size,)
labels = torch.tensor([1.0, 0.0, 0.0, 1.0])
criterion(scores, labels)
"""

GOOD = BAD.replace(
    "labels = torch.tensor([1.0, 0.0, 0.0, 1.0])",
    "labels = 2 * torch.tensor([1.0, 0.0, 0.0, 1.0]) - 1",
)

FAULT = Fault(
    code="SC411",
    slug="labels_of_zero_and_one",
    headline="labels of zero and one are given where one and minus one are wanted",
    why=(
        "HingeEmbeddingLoss, SoftMarginLoss, MarginRankingLoss and CosineEmbeddingLoss tell 1 from -1. A "
        "label of 0 is neither: its samples cost the same whatever the model says, or cost nothing, or count "
        "as both, and no error is raised."
    ),
    recognise=recognise_hazard("labels_of_zero_and_one"),
    bad=BAD,
    good=GOOD,
    lesson="Margin losses want 1 and -1: 2 * labels - 1 makes them of 1 and 0.",
    severity="warning",
)
