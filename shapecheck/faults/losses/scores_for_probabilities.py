"""Raw scores are given where probabilities are wanted."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.findings import Fix


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is None or violation.kind != "value" or violation.role != "input":
        return None
    if violation.call is not None and "Loss" not in violation.call.type and "cross_entropy" not in violation.call.type:
        return None
    fixes = (Fix(violation.advice),) if violation.advice else ()
    because = f"the loss takes the logarithm of probabilities, but there are {violation.got_text}"
    return Recognition(because, fixes=fixes, weight=2)


BAD = """\
import torch
from torch import nn

from shapecheck import CheckedLoss

criterion = CheckedLoss(nn.BCELoss())
scores = torch.linspace(-2, 2, 4)  # (batch_size,)
answers = torch.ones(4)
criterion(scores, answers)
"""

GOOD = BAD.replace(
    "criterion = CheckedLoss(nn.BCELoss())",
    "criterion = CheckedLoss(nn.BCEWithLogitsLoss())",
)

FAULT = Fault(
    code="SC421",
    slug="scores_for_probabilities",
    headline="raw scores are given where probabilities are wanted",
    why=(
        "BCELoss takes the logarithm of its input, so that must be a probability in [0, 1]: the model needs a "
        "sigmoid at its end. BCEWithLogitsLoss takes raw scores, applies the sigmoid itself, and is exact "
        "where a sigmoid would round to 0 or 1. On a CPU torch raises for the first batch with a number "
        "outside."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Raw scores go to BCEWithLogitsLoss; BCELoss only behind a sigmoid.",
)
