"""A convolution or norm was made for another number of channels."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import CONVOLUTIONS, NORMS, dtype, failed, kind, number, tensors
from shapecheck.reading.layers.pools import too_large_a_kernel


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *CONVOLUTIONS, *NORMS, "LayerNorm")
    given = next(iter(tensors(operation)), None) if operation is not None else None
    if operation is None or given is None or given.value.record is None or too_large_a_kernel(evidence):
        return None
    sizes = given.value.record.shape
    if dtype(operation, given.role) != str(operation.config.get("dtype", "float32")):
        return None
    want = number(operation, "in_channels") or number(operation, "num_features") or number(operation, "num_channels")
    if len(sizes) > 2 and want in sizes[2:] and sizes[1] != want:
        return None
    if not want:
        shape = operation.config.get("normalized_shape")
        return Recognition(f"it normalises the last axes {shape}, and the input is {sizes}", weight=0)
    if kind(operation) in CONVOLUTIONS and len(sizes) < int(kind(operation)[-2]) + 2 and sizes[:1] != (want,):
        # It lacks an axis, and was read without a batch.
        return None
    if len(sizes) < 2 or sizes[1] == want:
        return Recognition(f"the input {sizes} has not the number of axes that it reads", weight=0)
    return Recognition(f"axis 1 of {sizes} holds the channels: {want} are expected, {sizes[1]} came", weight=0)


BAD = """\
import torch
from torch import nn

net = nn.Sequential(nn.Conv2d(1, 6, 3), nn.BatchNorm2d(8))
print(net(torch.randn(4, 1, 12, 12)).shape)
"""

GOOD = BAD.replace(
    "nn.BatchNorm2d(8)",
    "nn.BatchNorm2d(6)",
)

FAULT = Fault(
    code="SC514",
    slug="channels_do_not_fit",
    headline="a convolution or norm was made for another number of channels",
    why=(
        "Each layer is made for a number of channels, and it must be the number that the layer before gives. Grey "
        "images have one channel, and need the axis for it."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="in_channels is out_channels of the layer before.",
    messages=(
        r"expected input\[.*\] to have \d+ channels, but got \d+ channels instead",
        r"running_mean should contain \d+ elements not \d+",
        r"Expected (2D|3D|4D|2D or 3D|3D \(unbatched\) or 4D \(batched\)) input",
        r"Given normalized_shape=",
    ),
)
