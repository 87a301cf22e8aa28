"""The labels are of dtype uint8, which cross entropy takes as far as it goes."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch import nn

from shapecheck import check_loss

scores = torch.randn(4, 5)  # (batch_size, num_classes)
labels = torch.tensor([3, 1, 4, 2], dtype=torch.uint8)  # (batch_size,)
report = check_loss(nn.CrossEntropyLoss(), scores, labels)
"""

GOOD = BAD.replace("scores, labels)", "scores, labels.long())")

FAULT = Fault(
    code="SC425",
    slug="labels_of_bytes",
    headline="labels are bytes, which the loss takes in some of its forms only",
    why=(
        "Class indices are int64, and uint8 is taken beside it: forward and backward agree with int64 for scores (N, "
        "C). With more axes, or with weights and label_smoothing together, torch refuses the same labels, and a byte "
        "holds no -100, so what was to be ignored becomes a class. int8, int16, int32 and bool are refused at once."
    ),
    recognise=recognise_hazard("labels_of_bytes"),
    bad=BAD,
    good=GOOD,
    lesson="Labels are indices: int64, whatever the images come as.",
    severity="note",
)
