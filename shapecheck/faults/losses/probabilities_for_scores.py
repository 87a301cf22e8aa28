"""Probabilities are given where raw scores are wanted."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch import nn

from shapecheck import CheckedLoss

criterion = CheckedLoss(nn.CrossEntropyLoss())
scores = torch.randn(4, 5).softmax(1)
labels = torch.randint(5, (4,))
criterion(scores, labels)
"""

GOOD = BAD.replace(
    "scores = torch.randn(4, 5).softmax(1)",
    "scores = torch.randn(4, 5)  # (batch_size, num_classes), raw",
)

FAULT = Fault(
    code="SC408",
    slug="probabilities_for_scores",
    headline="probabilities are given where raw scores are wanted",
    why=(
        "CrossEntropyLoss applies log_softmax itself, and BCEWithLogitsLoss the sigmoid. With a softmax or a "
        "sigmoid in the model as well there are two: probabilities lie between 0 and 1, so after the second "
        "one they are all nearly equal, the loss cannot come near 0, and the gradients are small. (Log- "
        "probabilities do no harm to cross entropy: log_softmax leaves them as they are.)"
    ),
    recognise=recognise_hazard("probabilities_for_scores"),
    bad=BAD,
    good=GOOD,
    lesson="The last layer gives raw scores; the loss does the rest.",
    severity="warning",
)
