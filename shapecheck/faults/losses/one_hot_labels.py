"""Labels are a one-hot of whole numbers."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.findings import Fix


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is None or violation.kind != "dtype" or violation.role != "target":
        return None
    if not violation.got_text.endswith("of the shape of the scores"):
        return None
    fixes = (Fix(violation.advice),) if violation.advice else ()
    because = violation.reason.partition("; write")[0]
    return Recognition(because, fixes=fixes, weight=3)


BAD = """\
import torch
from torch import nn

from shapecheck import CheckedLoss

criterion = CheckedLoss(nn.CrossEntropyLoss())
scores = torch.randn(4, 5)  # (batch_size, num_classes)
labels = nn.functional.one_hot(torch.tensor([3, 1, 4, 2]), 5)
criterion(scores, labels)
"""

GOOD = BAD.replace(
    "labels = nn.functional.one_hot(torch.tensor([3, 1, 4, 2]), 5)",
    "labels = torch.tensor([3, 1, 4, 2])  # (batch_size,), int64",
)

FAULT = Fault(
    code="SC417",
    slug="one_hot_labels",
    headline="labels are a one-hot of whole numbers",
    why=(
        "Cross entropy takes a target of the very shape of the scores for probabilities, and these are "
        "floats: an integer one-hot (N, C) is refused, as is a column (N, 1) against one score a row. A label "
        "is one index for each row of scores."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="No one-hot for the labels: (N,), one int64 in [0, C) for each row of scores.",
    messages=(r"expected floating point type for target with class probabilities",),
)
