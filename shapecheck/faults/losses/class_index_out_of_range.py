"""A label points at a class that does not exist."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is None or violation.kind != "value" or violation.role not in ("target", "targets"):
        return None
    if not violation.expected_text.startswith(("class indices", "labels in")):
        return None
    return Recognition(
        f"classes are counted from 0, so the labels are {violation.expected_text}, but there is {violation.got_text}",
        weight=2,
    )


BAD = """\
import torch
from torch import nn

from shapecheck import CheckedLoss

criterion = CheckedLoss(nn.CrossEntropyLoss())
scores = torch.randn(4, 5)  # (batch_size, num_classes)
labels = torch.tensor([1, 2, 5, 3])
criterion(scores, labels)
"""

GOOD = BAD.replace(
    "labels = torch.tensor([1, 2, 5, 3])",
    "labels = torch.tensor([1, 2, 5, 3]) - 1  # in [0, num_classes)",
)

FAULT = Fault(
    code="SC416",
    slug="class_index_out_of_range",
    headline="a class label is out of range",
    why=(
        "With C classes the labels are 0 to C-1. Labels that count from 1, a vocabulary that grew after the "
        "model was made, or a padding of -1 point past the scores. On a CPU torch raises; on a GPU it stops "
        "the whole process with a device-side assert, at a later line."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Labels count from 0: their maximum is num_classes - 1, and what does not count is ignore_index.",
    messages=(r"Target -?\d+ is out of bounds", r"device-side assert triggered"),
)
