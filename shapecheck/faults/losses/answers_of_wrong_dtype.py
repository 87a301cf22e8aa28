"""The answers of a binary loss are not floats of the prediction's dtype."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.findings import Fix


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is None or violation.kind != "dtype" or violation.role != "target" or violation.call is None:
        return None
    if not violation.call.type.startswith(("BCE", "binary_cross_entropy")):
        return None
    fixes = (Fix(violation.advice),) if violation.advice else ()
    because = f"the answers are multiplied with, as {violation.expected_text}, but they are {violation.got_text}"
    return Recognition(because, fixes=fixes, weight=2)


BAD = """\
import torch
from torch import nn

from shapecheck import CheckedLoss

criterion = CheckedLoss(nn.BCEWithLogitsLoss())
scores = torch.randn(4)  # (batch_size,)
labels = torch.tensor([1, 0, 0, 1])
criterion(scores, labels)
"""

GOOD = BAD.replace(
    "labels = torch.tensor([1, 0, 0, 1])",
    "labels = torch.tensor([1, 0, 0, 1]).float()",
)

FAULT = Fault(
    code="SC418",
    slug="answers_of_wrong_dtype",
    headline="the answers of a binary loss are not floats of the dtype of the prediction",
    why=(
        "A binary cross entropy multiplies with its target, so that must be 1.0 and 0.0 in a floating point "
        "dtype. Labels come out of a data set as int64, which CrossEntropyLoss wants and these losses refuse."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Binary answers are floats: labels.float().",
    messages=(
        r"Found dtype (Long|Double) but expected (Float|Double)",
        r"result type Float can't be cast to the desired output type Long",
    ),
)
