"""Prediction and target hold different numbers of samples."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.reading import loss_pair
from shapecheck.pairs import are_classes


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is None or violation.call is None or violation.kind != "size" or violation.axes != (0,):
        return None
    if violation.role != "target" or violation.stage or violation.got is None or not violation.expected:
        return None
    pair = loss_pair(evidence)
    if pair is not None and are_classes(*pair[1:]):
        # One class index for each label: as many as there should be, and none of them a score.
        return None
    return Recognition(
        f"the prediction has {violation.expected[0][1]} rows and the target has {violation.got[0]} items; row n is "
        "compared with item n",
        # Whoever knows more says why.
        weight=0,
    )


BAD = """\
import torch
from torch import nn

from shapecheck import CheckedLoss

criterion = CheckedLoss(nn.CrossEntropyLoss())
scores = torch.randn(28, 5)  # (batch_size * seq_length, num_classes)
labels = torch.randint(5, (4,))
criterion(scores, labels)
"""

GOOD = BAD.replace(
    "labels = torch.randint(5, (4,))",
    "labels = torch.randint(5, (28,))  # (batch_size * seq_length,)",
)

FAULT = Fault(
    code="SC419",
    slug="other_number_of_samples",
    headline="prediction and target hold different numbers of samples",
    why=(
        "A loss compares row n of the prediction with item n of the target. Other numbers of them mean that "
        "the two come from different batches, that one of them was cut, or that one has a row for each step "
        "and the other one for each sequence."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Print both shapes before the loss: the first sizes are equal.",
    messages=(r"Expected input batch_size \(\d+\) to match target batch_size \(\d+\)",),
)
