"""The number of groups does not divide the channels."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import made, says

_MESSAGE = r"channels( \(\d+\))? must be divisible by (num_)?groups"


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = made(evidence)
    if operation is None or not says(evidence, _MESSAGE):
        return None
    told = ", ".join(
        f"{item.role} = {item.value.text}"
        for item in operation.arguments
        if item.role in ("in_channels", "out_channels", "groups", "num_groups", "num_channels") and item.value.text
    )
    return Recognition(f"each group is an equal part of the channels, and it was told {told}", weight=6)


BAD = """\
import torch
from torch import nn

conv = nn.Conv2d(3, 16, 3, padding=1)
norm = nn.GroupNorm(16, 4)
print(norm(conv(torch.randn(5, 3, 7, 9))).shape)
"""

GOOD = BAD.replace("nn.GroupNorm(16, 4)", "nn.GroupNorm(4, 16)")

FAULT = Fault(
    code="SC583",
    slug="groups_do_not_divide_channels",
    headline="the number of groups does not divide the channels",
    why=(
        "Each group takes an equal part of the channels. GroupNorm is told the groups first and the channels behind "
        "them; a convolution with a group for each channel gives a multiple of what it takes."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="GroupNorm(groups, channels); channels are a multiple of the groups.",
    messages=(_MESSAGE,),
)
