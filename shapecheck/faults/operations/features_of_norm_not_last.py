"""LayerNorm reads the last axis, and the features stand in the second."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, shape


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "LayerNorm")
    sizes = shape(operation, "input")
    wanted = operation.config.get("normalized_shape") if operation is not None else None
    if (
        sizes is None
        or len(sizes) < 3
        or not isinstance(wanted, tuple)
        or wanted != (sizes[1],)
        or sizes[1] in sizes[2:]
    ):
        return None
    return Recognition(f"the {sizes[1]} features of {sizes} stand in axis 1, and the last axis is normalised", weight=6)


BAD = """\
import torch
from torch import nn

conv, norm = nn.Conv1d(3, 16, 3), nn.LayerNorm(16)
x = conv(torch.randn(4, 3, 20))
print(norm(x).shape)
"""

GOOD = BAD.replace(
    "norm(x)",
    "norm(x.transpose(1, 2)).transpose(1, 2)",
)

FAULT = Fault(
    code="SC560",
    slug="features_of_norm_not_last",
    headline="the features that a LayerNorm was made for stand in the second axis",
    why=(
        "LayerNorm normalises the last axes. Behind a convolution the channels stand in axis 1 and the steps "
        "last: the axes are exchanged for it and back, or nn.GroupNorm(1, channels) is taken."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="LayerNorm is for features that stand last.",
    messages=(r"Given normalized_shape=",),
)
