"""Batch and time are merged in one of prediction and target only."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.findings import Fix


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is None or violation.role != "target" or ".reshape(-1" not in violation.advice:
        return None
    return Recognition(
        "both hold the same number of labels and rows, but only one of them has a row for each step",
        fixes=(Fix(violation.advice),),
        weight=3,
    )


BAD = """\
import torch
from torch import nn

from shapecheck import CheckedLoss

criterion = CheckedLoss(nn.CrossEntropyLoss())
scores = torch.randn(28, 5)  # (batch_size * seq_length, num_classes)
labels = torch.randint(5, (4, 7))  # (batch_size, seq_length)
criterion(scores, labels)
"""

GOOD = BAD.replace(
    "criterion(scores, labels)",
    "criterion(scores, labels.reshape(-1))",
)

FAULT = Fault(
    code="SC420",
    slug="merged_on_one_side_only",
    headline="batch and time are merged in one of prediction and target only",
    why=(
        "The documented flow gives the Linear one row a step, (batch_size * seq_length, hidden_size), so the "
        "scores are (batch_size * seq_length, num_classes). The labels must be merged in the same order, "
        "batch first, with reshape(-1)."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="What is done to the prediction is done to the target too.",
)
