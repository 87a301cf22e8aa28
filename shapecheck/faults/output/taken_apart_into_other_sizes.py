"""An axis was taken apart into sizes that do not multiply to it."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.sizes.said_sizes import apart


def _recognise(evidence: Evidence) -> Recognition | None:
    found = apart(evidence)
    if found is None:
        return None
    sizes, total = found
    return Recognition(f"the axis holds {total} numbers, and {sizes} would be another number of them", weight=4)


BAD = """\
import torch
from torch import nn

grow = nn.Linear(8, 6 * 5 * 5)
maps = nn.Unflatten(1, (6, 10, 10))
print(maps(grow(torch.randn(4, 8))).shape)
"""

GOOD = BAD.replace(
    "(6, 10, 10)",
    "(6, 5, 5)",
)

FAULT = Fault(
    code="SC321",
    slug="taken_apart_into_other_sizes",
    headline="an axis was taken apart into sizes that do not multiply to it",
    why=(
        "Unflatten cuts one axis into several and keeps every number, so the product of the sizes must be the size "
        "of that axis. In a decoder they are what the encoder had before it was flattened."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="The product of the sizes is the size of the axis that is taken apart.",
    messages=(r"unflatten: Provided sizes \[.*\] don't multiply up to the size of dim \d+",),
)
