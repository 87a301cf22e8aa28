"""The target has another shape than the prediction."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, failed, shape


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *SAME_SHAPE_LOSSES)
    given = shape(operation, "input")
    wanted = shape(operation, "target")
    if given is None or wanted is None or given == wanted:
        return None
    return Recognition(f"the prediction is {given}, the target {wanted}; number is compared with number", weight=0)


BAD = """\
import torch
from torch import nn

gru = nn.GRU(3, 3)
x = torch.randn(4, 6, 3)  # (batch_size, seq_length, num_features)
state = torch.randn(4, 3)
out, _ = gru(state.repeat(1, 6, 1))
print(nn.functional.binary_cross_entropy_with_logits(out, x.sigmoid()).item())
"""

GOOD = BAD.replace(
    "state.repeat(1, 6, 1)",
    "state.unsqueeze(1).repeat(1, 6, 1)",
)

FAULT = Fault(
    code="SC457",
    slug="target_in_other_shape",
    headline="the target has another shape than the prediction",
    why=(
        "A loss of regression compares number with number, so prediction and target have one shape. Print both "
        "before the loss, and look which axis is another one."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Prediction and target have one shape.",
    messages=(
        r"Using a target size \(torch\.Size\(.*\)\) that is different to the input size",
        r"Target size \(torch\.Size\(.*\)\) must be the same as input size",
    ),
)
