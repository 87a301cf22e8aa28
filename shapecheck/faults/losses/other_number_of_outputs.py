"""Prediction and target have different numbers of columns."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, failed, shape


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *SAME_SHAPE_LOSSES, "KLDivLoss", "kl_div")
    given = shape(operation, "input")
    wanted = shape(operation, "target")
    if not given or not wanted or len(given) != len(wanted) or given[:-1] != wanted[:-1] or given[-1] == wanted[-1]:
        return None
    if len(given) < 2:
        return None
    return Recognition(
        f"the prediction {given} has {given[-1]} columns, the target {wanted} has {wanted[-1]}", weight=5
    )


BAD = """\
import torch
from torch import nn

linear = nn.Linear(10, 2)
answers = torch.randint(2, (4, 1)).float()
loss = nn.functional.binary_cross_entropy_with_logits(linear(torch.randn(4, 10)), answers)
print(loss.item())
"""

GOOD = BAD.replace(
    "nn.Linear(10, 2)",
    "nn.Linear(10, 1)",
)

FAULT = Fault(
    code="SC455",
    slug="other_number_of_outputs",
    headline="prediction and target have different numbers of columns",
    why=(
        "These losses compare number with number. A yes or no needs one output with binary cross entropy, or two "
        "with cross entropy and class indices; the two ways must not be mixed."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="One output for yes or no, as many as the target has columns.",
    messages=(
        r"Target size \(torch\.Size\(.*\)\) must be the same as input size",
        r"The size of tensor a \(\d+\) must match the size of tensor b \(\d+\) at non-singleton dimension",
        r"Using a target size \(torch\.Size\(.*\)\) that is different to the input size",
    ),
)
