"""A shortcut keeps the places that the body of its block steps over."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.compared.nearly_alike import strides_apart


def _recognise(evidence: Evidence) -> Recognition | None:
    stride = strides_apart(evidence)
    if not stride:
        return None
    return Recognition(f"one of the two maps is {stride} times as large as the other along each axis", weight=6)


BAD = """\
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, before, after, stride):
        super().__init__()
        self.body = nn.Conv2d(before, after, 3, stride=stride, padding=1)
        self.past = nn.Identity()
        if before != after:
            self.past = nn.Conv2d(before, after, 1, stride=stride)

    def forward(self, x):
        return self.body(x) + self.past(x)


print(Block(8, 8, 2)(torch.randn(4, 8, 16, 16)).shape)
"""

GOOD = BAD.replace(
    "if before != after:",
    "if before != after or stride != 1:",
)

FAULT = Fault(
    code="SC550",
    slug="shortcut_without_stride",
    headline="a shortcut keeps the places that the body of its block steps over",
    why=(
        "A block with stride 2 gives maps of half the height and width. What goes past it must be made smaller in "
        "the same way, also where the channels stay the same: a 1x1 convolution with the same stride."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="The shortcut takes the stride of its block.",
    messages=(r"The size of tensor a \(\d+\) must match the size of tensor b \(\d+\) at non-singleton dimension \d+",),
)
