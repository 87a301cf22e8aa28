"""The loss can be computed, and its gradient cannot."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch import nn

from shapecheck import CheckedLoss

criterion = CheckedLoss(nn.HuberLoss())
prediction = torch.randn(4, requires_grad=True)  # (batch_size,)
target = torch.tensor([1, 2, 3, 4])
criterion(prediction, target)
"""

GOOD = BAD.replace(
    "target = torch.tensor([1, 2, 3, 4])",
    "target = torch.tensor([1.0, 2.0, 3.0, 4.0])",
)

FAULT = Fault(
    code="SC415",
    slug="fails_in_backward",
    headline="the loss can be computed, and its gradient cannot",
    why=(
        "Some losses take in forward what their backward refuses: the Huber loss a target of another dtype "
        "than the prediction, SoftMarginLoss labels of dtype bool, cross entropy a label (1,) for the scores "
        "(C,) of one sample. torch's error then comes from backward(), far from the line that made it."
    ),
    recognise=recognise_hazard("fails_in_backward"),
    bad=BAD,
    good=GOOD,
    lesson="Give the loss what its documentation names, also where forward takes more.",
    severity="error",
    needs_backward=True,
)
