"""The loss compares every prediction with every target."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch import nn

from shapecheck import CheckedLoss

criterion = CheckedLoss(nn.MSELoss())
prediction = torch.randn(32, 1)  # (batch_size, 1)
target = torch.randn(32)
criterion(prediction, target)
"""

GOOD = BAD.replace(
    "target = torch.randn(32)",
    "target = torch.randn(32).unsqueeze(1)  # (batch_size, 1)",
)

FAULT = Fault(
    code="SC404",
    slug="loss_over_all_pairs",
    headline="the loss compares every prediction with every target",
    why=(
        "A prediction (N, 1) and a target (N,) have no axis in common: torch lines shapes up from the last "
        "axis and spreads both to (N, N). The loss is the mean over all pairs, so the best the model can do "
        "is to predict the mean of the targets. MSE, L1, SmoothL1 and Huber warn once; every other loss, and "
        "every loss written by hand, says nothing, and the mean hides the shape that would have shown it."
    ),
    recognise=recognise_hazard("loss_over_all_pairs"),
    bad=BAD,
    good=GOOD,
    lesson="Prediction and target of a regression have one shape; reduction='none' shows what the mean hides.",
    severity="error",
)
