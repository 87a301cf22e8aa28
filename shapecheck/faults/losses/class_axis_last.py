"""The class axis stands last, and the loss reads axis 1 as the classes."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.hazards import recognise_hazard
from shapecheck.findings import Fix

_HAZARD = recognise_hazard("class_axis_last")


def _recognise(evidence: Evidence) -> Recognition | None:
    hazard, violation = evidence.hazard, evidence.violation
    if hazard is not None:
        return _HAZARD(evidence)
    if violation is None or not violation.advice.endswith(".movedim(-1, 1)"):
        return None
    return Recognition(
        "the target has every axis of the scores but the last one, so that one holds the classes; the loss looks for "
        "them on axis 1",
        fixes=(Fix(violation.advice),),
        weight=3,
    )


BAD = """\
import torch
from torch import nn

from shapecheck import CheckedLoss

criterion = CheckedLoss(nn.CrossEntropyLoss())
scores = torch.randn(4, 7, 5)  # (batch_size, seq_length, num_classes)
labels = torch.randint(5, (4, 7))  # (batch_size, seq_length)
criterion(scores, labels)
"""

GOOD = BAD.replace(
    "criterion(scores, labels)",
    "criterion(scores.permute(0, 2, 1), labels)  # (batch_size, num_classes, seq_length)",
)

FAULT = Fault(
    code="SC406",
    slug="class_axis_last",
    headline="the class axis stands last, and the loss reads another one as the classes",
    why=(
        "Where the scores have more than two axes, cross entropy takes axis 1 for the classes: (N, C, d1), "
        "never (N, T, C), which is what an LSTM with a Linear gives. If the sizes differ torch raises; if "
        "there happen to be as many steps as classes it accepts the call and compares scores across time."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Merge batch and time, (N * T, C) against (N * T,), or move the class axis: scores.permute(0, 2, 1).",
    messages=(r"Expected target size \[.*\], got \[.*\]",),
)
