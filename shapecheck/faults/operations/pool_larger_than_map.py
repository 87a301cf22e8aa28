"""A pool has a kernel that is larger than the map that it is given."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.layers.pools import too_large_a_pool


def _recognise(evidence: Evidence) -> Recognition | None:
    found = too_large_a_pool(evidence)
    if found is None:
        return None
    _, kernel, sizes = found
    return Recognition(f"the kernel covers {kernel}, and the map has {sizes} places: none is left", weight=4)


BAD = """\
import torch
from torch import nn

pictures = torch.rand(2, 1, 28, 28)
body = nn.Conv2d(1, 5, 3, stride=4, padding=1)
pool = nn.AvgPool2d(8)
out = nn.Linear(5, 3)
print(out(pool(body(pictures)).flatten(1)).shape)
"""

GOOD = BAD.replace("nn.AvgPool2d(8)", "nn.AdaptiveAvgPool2d(1)")

FAULT = Fault(
    code="SC565",
    slug="pool_larger_than_map",
    headline="a pool is larger than the map that it is given",
    why=(
        "A pool at the end of a net is often written with the size that the last map had for other pictures. Smaller "
        "pictures leave a smaller map, and a kernel that covers more than all of it gives nothing. An adaptive pool "
        "is told how many places are to be left, whatever the map is."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="To put a whole map together, say how many places are left: AdaptiveAvgPool2d(1).",
    messages=(r"Output size is too small", r"Invalid computed output size"),
)
