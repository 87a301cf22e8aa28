"""A map that was halved and made larger again misses a row of the one that it is joined with."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.compared.nearly_alike import maps_to_join
from shapecheck.reading.mismatches import sizes_of


def _recognise(evidence: Evidence) -> Recognition | None:
    found = maps_to_join(evidence)
    if found is None:
        return None
    small, large = found
    because = (
        f"{small.expression} is {sizes_of(small)} and {large.expression} {sizes_of(large)}: rounding lost the rest"
    )
    return Recognition(because, weight=6)


BAD = """\
import torch
from torch import nn

skip = torch.randn(4, 3, 25, 25)
down = nn.MaxPool2d(2)(skip)
up = nn.ConvTranspose2d(3, 3, 2, stride=2)(down)
print(torch.cat([skip, up], dim=1).shape)
"""

GOOD = BAD.replace(
    "(4, 3, 25, 25)",
    "(4, 3, 24, 24)",
)

FAULT = Fault(
    code="SC549",
    slug="maps_of_odd_size",
    headline="a map that was halved and doubled misses a row of the one that it is joined with",
    why=(
        "Halving rounds down: 25 becomes 12, and twice 12 is 24. What is made larger again takes the very size of "
        "its twin: ConvTranspose2d with output_size=skip.shape[2:], or interpolate with size=skip.shape[2:]. "
        "Sizes that can be halved as often as the network halves need neither."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Make a map larger to the size of its twin, not by a factor.",
    messages=(r"Sizes of tensors must match except in dimension \d+",),
)
