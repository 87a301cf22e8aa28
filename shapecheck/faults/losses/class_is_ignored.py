"""A class has the index that the loss ignores."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch import nn

from shapecheck import check_loss

scores = torch.randn(4, 5)  # (batch_size, num_classes)
labels = torch.tensor([0, 2, 4, 1])
report = check_loss(nn.CrossEntropyLoss(ignore_index=2), scores, labels)
"""

GOOD = BAD.replace(
    "report = check_loss(nn.CrossEntropyLoss(ignore_index=2), scores, labels)",
    "report = check_loss(nn.CrossEntropyLoss(), scores, labels)",
)

FAULT = Fault(
    code="SC414",
    slug="class_is_ignored",
    headline="a class has the index that the loss ignores",
    why=(
        "ignore_index may be any number, a real class too. For padding that has a class of its own (often 0) "
        "that is what you want; where it is a class to be learned, the loss never sees its samples, and the "
        "model never predicts it."
    ),
    recognise=recognise_hazard("class_is_ignored"),
    bad=BAD,
    good=GOOD,
    lesson="Leave ignore_index at -100 and write -100 into the labels that do not count.",
    severity="note",
)
