"""Cross entropy is given one class only."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch import nn

from shapecheck import CheckedLoss

scores = torch.randn(4, 1)
labels = torch.zeros(4, dtype=torch.int64)
CheckedLoss(nn.CrossEntropyLoss())(scores, labels)
"""

GOOD = BAD.replace(
    "scores = torch.randn(4, 1)",
    "scores = torch.randn(4, 2)  # (batch_size, num_classes)",
)

FAULT = Fault(
    code="SC412",
    slug="single_class",
    headline="cross entropy is given one class only",
    why=(
        "The softmax over a single class is 1 whatever its score is, so the loss is 0 and every gradient is "
        "0. This is how a binary classifier with one output looks when it meets CrossEntropyLoss: it runs, "
        "the loss is perfect, and nothing is learned."
    ),
    recognise=recognise_hazard("single_class"),
    bad=BAD,
    good=GOOD,
    lesson="One output for yes or no goes to BCEWithLogitsLoss with float answers; CrossEntropyLoss needs two outputs.",
    severity="warning",
)
