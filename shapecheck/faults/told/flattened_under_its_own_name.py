"""Maps were laid flat under their own name, and are read as maps below."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch
from torch import nn

stem, kind, parts = nn.Conv2d(1, 4, 3), nn.Linear(4 * 36, 3), nn.Conv2d(4, 2, 1)
maps = stem(torch.randn(2, 1, 8, 8))
maps = maps.flatten(1)
scores = kind(maps)
print(scores.shape, parts(maps).shape)
"""

GOOD = BAD.replace("maps = maps.flatten(1)\nscores = kind(maps)", "rows = maps.flatten(1)\nscores = kind(rows)")

FAULT = Fault(
    code="SC956",
    slug="flattened_under_its_own_name",
    headline="maps are laid flat under their own name, and read as maps below",
    why=(
        "A name holds what it was given last. Where one layer reads the maps of a sample as one row and another one "
        "reads them as maps, the row is to have a name of its own."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="rows = maps.flatten(1): the Linear reads rows, the convolution goes on with maps.",
    messages=(r"Expected 3D \(unbatched\) or 4D \(batched\) input to conv2d",),
    speaks_for=lambda message: -1.0,
)
