"""Axes were exchanged, and not those that were meant."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch

q, k = torch.randn(4, 2, 7, 5), torch.randn(4, 2, 7, 5)
scores = q @ k.transpose(1, 2)
print(scores.softmax(-1).shape)
"""

GOOD = BAD.replace("transpose(1, 2)", "transpose(-2, -1)")

FAULT = Fault(
    code="SC595",
    slug="other_axes_turned",
    headline="axes were exchanged, and not those that were meant",
    why=(
        "Axes are turned by their numbers, and the sizes alone seldom tell which were meant. transpose(0, 1) of "
        "what has the samples in front exchanges samples and steps; a matrix product wants the last two axes "
        "exchanged, transpose(-2, -1). x.T turns all axes round."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="Count axes from the end where the batch may stand in front: transpose(-2, -1).",
    messages=(
        r"The size of tensor a .* must match the size of tensor b",
        r"batch2 tensor to have size",
        r"must match the size of tensor b",
    ),
    see="Print the shape in front of the exchange and behind it.",
    speaks_for=lambda message: -1.0,
)
