"""A convolution got samples that lack an axis: of their channels, or of their places."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import CONVOLUTIONS, dtype, failed, kind, number, tensors
from shapecheck.reading.layers.pools import too_large_a_kernel


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *CONVOLUTIONS)
    given = next(iter(tensors(operation)), None) if operation is not None else None
    if operation is None or given is None or given.value.record is None or too_large_a_kernel(evidence):
        return None
    if dtype(operation, given.role) != str(operation.config.get("dtype", "float32")):
        return None
    sizes, want, places = given.value.record.shape, number(operation, "in_channels"), int(kind(operation)[-2])
    if len(sizes) == places + 1 and sizes[0] != want:
        because = f"{sizes} is read as a single sample, of {sizes[0]} channels, and the layer was made for {want}"
        return Recognition(because, weight=2)
    if len(sizes) == 2 < places + 1 and sizes[1] == want:
        because = f"{sizes} has the samples and their {want} channels, and no axis of places"
        return Recognition(f"{because}; each channel has one place at the least", weight=2)
    return None


BAD = """\
import torch
from torch import nn

conv = nn.Conv2d(1, 6, 3)
grey = torch.rand(4, 12, 12)
print(conv(grey).shape)
"""

GOOD = BAD.replace(
    "conv(grey)",
    "conv(grey.unsqueeze(1))",
)

FAULT = Fault(
    code="SC582",
    slug="axes_missing_for_maps",
    headline="a convolution got samples that lack an axis",
    why=(
        "A convolution of images reads (batch_size, channels, height, width), and three axes as one image without a "
        "batch: (channels, height, width). Grey images have one channel, and need an axis for it: x.unsqueeze(1). "
        "Noise for a transposed convolution needs a place for its numbers: z[:, :, None, None]."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Grey images: x.unsqueeze(1). Print x.dim() in front of the first convolution.",
    messages=(
        r"expected input\[1, .*\] to have \d+ channels, but got \d+ channels instead",
        r"Expected (2D|3D) \(unbatched\) or (3D|4D) \(batched\) input",
    ),
)
