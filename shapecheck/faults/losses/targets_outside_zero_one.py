"""The target is read as probabilities and holds numbers that are none."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch import nn

from shapecheck import CheckedLoss

criterion = CheckedLoss(nn.BCEWithLogitsLoss())
scores = torch.randn(4)  # (batch_size,)
answers = torch.tensor([1.0, -1.0, 1.0, -1.0])
criterion(scores, answers)
"""

GOOD = BAD.replace(
    "answers = torch.tensor([1.0, -1.0, 1.0, -1.0])",
    "answers = torch.tensor([1.0, 0.0, 1.0, 0.0])",
)

FAULT = Fault(
    code="SC410",
    slug="targets_outside_zero_one",
    headline="the target is read as probabilities and holds numbers that are none",
    why=(
        "A target of BCEWithLogitsLoss or KLDivLoss is a probability, from 0 to 1 (or, for KLDivLoss with "
        "log_target=True, the logarithm of one). BCELoss looks and raises; these two never look, and the loss "
        "has no lower end any more. Labels of 1 and -1, of 0 and 255, or class indices are the usual cause."
    ),
    recognise=recognise_hazard("targets_outside_zero_one"),
    bad=BAD,
    good=GOOD,
    lesson="Yes is 1.0 and no is 0.0; class indices go to CrossEntropyLoss.",
    severity="warning",
)
