"""A layer was made for maps of another number of axes than those that it is given."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch
from torch import nn

first, second = nn.Conv2d(3, 8, 3), nn.Conv3d(8, 6, 3)
print(second(first(torch.rand(4, 3, 12, 12))).shape)
"""

GOOD = BAD.replace("nn.Conv3d(8, 6, 3)", "nn.Conv2d(8, 6, 3)")

FAULT = Fault(
    code="SC953",
    slug="layer_for_other_axes",
    headline="a layer was made for maps of another number of axes",
    why=(
        "Conv1d reads sequences, Conv2d images, Conv3d volumes, and pools and norms are named alike. A layer that gets "
        "one axis less than that takes what it got for a single sample without a batch: the samples for channels."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="All layers of one way end with the same: 1d for sequences, 2d for images, 3d for volumes.",
    messages=(
        r"expected input\[1, .*\] to have \d+ channels, but got \d+ channels instead",
        r"Expected (2D|3D) \(unbatched\) or (3D|4D) \(batched\) input",
    ),
    see="Print the shape in front of the layer: it has two axes more than the name says.",
    speaks_for=lambda message: -1.0,
)
