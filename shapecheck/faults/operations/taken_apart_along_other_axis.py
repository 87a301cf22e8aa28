"""A tensor of pairs is taken apart along its rows."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.mismatches import sizes_of, taken_apart


def _recognise(evidence: Evidence) -> Recognition | None:
    found = taken_apart(evidence)
    if found is None:
        return None
    item, axis = found
    sizes = sizes_of(item)
    because = f"{item.expression} is {sizes}: {sizes[0]} rows, and {sizes[axis]} places along axis {axis}"
    return Recognition(because, weight=6)


BAD = """\
import torch

edges = torch.tensor([[0, 1], [1, 2], [2, 0], [2, 3]])  # (edges, 2)
source, target = edges
print(source, target)
"""

GOOD = BAD.replace(
    "= edges\n",
    "= edges.t()\n",
)

FAULT = Fault(
    code="SC561",
    slug="taken_apart_along_other_axis",
    headline="a tensor is taken apart along its first axis, and the names are for another",
    why=(
        "a, b = t takes t apart along axis 0, whatever stands there. A list of pairs is (pairs, 2): its two "
        "columns are the rows of t.t(), or t.unbind(1)."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Taking apart goes along axis 0.",
    messages=(
        r"too many values to unpack \(expected \d+",
        r"not enough values to unpack \(expected \d+, got \d+\)",
    ),
)
