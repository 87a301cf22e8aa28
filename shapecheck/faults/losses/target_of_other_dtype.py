"""Prediction and target are of different dtypes."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "backward")
    if operation is None or not says(evidence, r"Found dtype"):
        return None
    return Recognition("the loss took both, and its derivative cannot be computed between two dtypes", weight=6)


BAD = """\
import torch
from torch import nn

linear = nn.Linear(10, 1)
answers = torch.arange(4)  # int64
loss = nn.functional.huber_loss(linear(torch.randn(4, 10)).squeeze(1), answers)
loss.backward()
print(linear.weight.grad.shape)
"""

GOOD = BAD.replace(
    "torch.arange(4)  # int64",
    "torch.arange(4.0)",
)

FAULT = Fault(
    code="SC453",
    slug="target_of_other_dtype",
    headline="prediction and target are of different dtypes",
    why=(
        "Some losses of regression promote their operands on the way forward and find only in backward that the "
        "target is of another dtype. Targets of a regression are float32, as the prediction."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Targets of a regression are floats.",
    messages=(r"Found dtype (Long|Double|Int|Float) but expected (Float|Double|Long)",),
)
