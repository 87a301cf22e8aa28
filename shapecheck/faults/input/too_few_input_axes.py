"""A recurrent layer got a single vector."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import RECURRENT, failed, shape


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *RECURRENT)
    sizes = shape(operation, "input")
    if sizes is None or len(sizes) > 1:
        return None
    return Recognition(
        f"the input {sizes} is one vector; the layer reads steps, and with a batch samples of steps", weight=5
    )


BAD = """\
import torch
from torch import nn

lstm = nn.LSTM(5, 8, batch_first=True)
observation = torch.randn(5)  # of one moment
out, _ = lstm(observation)
print(out.shape)
"""

GOOD = BAD.replace(
    "lstm(observation)",
    "lstm(observation.view(1, 1, -1))",
)

FAULT = Fault(
    code="SC114",
    slug="too_few_input_axes",
    headline="a recurrent layer got a single vector",
    why=(
        "A single observation has features only. A recurrent layer needs the axis of time, of size 1, and the "
        "axis of the batch, of size 1: (1, 1, num_features), to go with a state that has them."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="One moment of one sample is (1, 1, num_features).",
    messages=(r"Expected input to be 2D or 3D, got 1D",),
)
