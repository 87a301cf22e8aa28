"""The weight of a loss is of another dtype than the scores."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.losses.weight_of_other_length import ROLES


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is None or violation.kind != "dtype" or violation.role not in ROLES or violation.torch_accepts:
        return None
    return Recognition(
        f"{violation.role} is {violation.got_text or 'of another dtype'}, and each loss is multiplied with it", weight=8
    )


BAD = """\
import numpy as np
import torch
from torch import nn

counts = np.array([40, 15, 5])
criterion = nn.CrossEntropyLoss(weight=torch.from_numpy(1.0 / counts))
print(criterion(torch.randn(6, 3), torch.tensor([0, 1, 2, 0, 1, 2])))
"""

GOOD = BAD.replace("1.0 / counts)", "1.0 / counts).float()")

FAULT = Fault(
    code="SC459",
    slug="weight_of_other_dtype",
    headline="the weight of a loss is of another dtype than the scores",
    why=(
        "Weights that were counted with numpy are float64, and models give float32. The loss multiplies the two and "
        "wants one dtype."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="What comes from numpy is float64: .float() where it becomes a tensor.",
    messages=(r"expected scalar type \w+ but found \w+",),
)
