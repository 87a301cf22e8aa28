"""The places at which maps are read do not go with the maps."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, shape


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "grid_sample")
    maps, grid = (shape(operation, role) for role in ("input", "grid"))
    if not maps or not grid:
        return None
    if len(maps) == len(grid) and maps[0] != grid[0]:
        because = f"there are {maps[0]} maps and {grid[0]} grids: each map has a grid of its own"
        return Recognition(because, "proved", weight=4)
    axes = len(maps) - 2
    if len(maps) == len(grid) and grid[-1] != axes:
        because = f"the grid is {grid}: its last axis holds the {axes} coordinates of each place"
        return Recognition(because, "proved", weight=4)
    return None


BAD = """\
import torch
from torch import nn

maps = torch.randn(5, 3, 8, 10)
places = torch.rand(1, 1, 7, 2) * 2 - 1
values = nn.functional.grid_sample(maps, places, align_corners=False)
print(values.shape)
"""

GOOD = BAD.replace(
    "places, align_corners",
    "places.expand(maps.size(0), -1, -1, -1), align_corners",
)

FAULT = Fault(
    code="SC577",
    slug="grid_of_other_batch",
    headline="the places at which maps are read do not go with the maps",
    why=(
        "grid_sample takes maps (batch_size, channels, height, width) and a grid (batch_size, rows, columns, 2): one "
        "for each map, with x and y of every place in the last axis. It spreads neither over the other."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="One grid a map, and the coordinates last.",
    messages=(
        r"grid_sampler\(\): expected grid and input to have same batch size",
        r"grid_sampler\(\): expected grid to have size",
    ),
)
