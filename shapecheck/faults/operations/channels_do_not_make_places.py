"""Channels that cannot be spread over more places: the square of the factor does not divide them."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says, shape

_MESSAGE = r"pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor"


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "PixelShuffle", "pixel_shuffle")
    sizes = shape(operation, "input")
    if sizes is None or len(sizes) < 3 or not says(evidence, _MESSAGE):
        return None
    return Recognition(f"it got {sizes[-3]} channels, which are no multiple of the square of the factor", weight=6)


BAD = """\
import torch
from torch import nn

factor = 2
up = nn.Conv2d(5, 3 * factor, 3, padding=1)
maps = nn.PixelShuffle(factor)(up(torch.randn(4, 5, 7, 9)))
print(maps.shape)
"""

GOOD = BAD.replace("3 * factor", "3 * factor ** 2")

FAULT = Fault(
    code="SC584",
    slug="channels_do_not_make_places",
    headline="the channels are no multiple of the square of the factor",
    why=(
        "PixelShuffle makes a square of places of each place, its side the factor: it takes as many channels as "
        "there are to be times the square of the factor."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="channels * factor ** 2 in front of PixelShuffle(factor).",
    messages=(_MESSAGE,),
)
