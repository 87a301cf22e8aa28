"""The features stand in another axis than the last."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, shape
from shapecheck.reading.sizes.refused_widths import features_elsewhere, took_a_feature


def _recognise(evidence: Evidence) -> Recognition | None:
    found, operation = features_elsewhere(evidence), failed(evidence)
    if found is None or operation is None or took_a_feature(evidence):
        return None
    axis, want = found
    sizes = shape(operation, "input")
    return Recognition(
        f"of the input {sizes} the last axis is read, with {want} numbers expected there; axis {axis} has that size",
        weight=5,
    )


BAD = """\
import torch
from torch import nn

conv = nn.Conv1d(3, 12, 5)
lstm = nn.LSTM(12, 16, batch_first=True)
seen = conv(torch.randn(4, 3, 24))  # (batch_size, channels, steps)
out, _ = lstm(seen)
print(out.shape)
"""

GOOD = BAD.replace(
    "lstm(seen)",
    "lstm(seen.transpose(1, 2))",
)

FAULT = Fault(
    code="SC106",
    slug="features_not_last",
    headline="the features stand in another axis than the last",
    why=(
        "Recurrent layers, Linear and distances between points read their features from the last axis. A "
        "convolution keeps its channels in axis 1 and writes (batch_size, channels, steps). Between the two the "
        "axes must change places; a reshape would only cut the numbers anew."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Conv1d: channels second. LSTM and Linear: features last. transpose(1, 2) between them.",
    messages=(
        r"input\.size\(-1\) must be equal to input_size\. Expected \d+, got \d+",
        r"mat1 and mat2 shapes cannot be multiplied",
    ),
)
