"""A sum or a mean runs along another axis than what it meets is without."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch
from torch import nn

x, y = torch.randn(4, 7, 5), torch.randn(4, 6)
scores = nn.Linear(5, 6)(x)
pooled = scores.mean(2)
print(((pooled - y) ** 2).mean().shape)
"""

GOOD = BAD.replace("mean(2)", "mean(1)")

FAULT = Fault(
    code="SC597",
    slug="reduced_along_other_axis",
    headline="a sum or a mean runs along another axis than what it meets is without",
    why=(
        "A sum, a mean or the place of the largest drops the axis that it is told. What is left must have the "
        "axes of what it is compared with, or added to: the axis that those lack is the one to sum over."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="Say by name which axis a reduction is to take away, and tell that one.",
    messages=(r"The size of tensor a .* must match the size of tensor b",),
    see="Print the shape in front of the reduction and behind it.",
    speaks_for=lambda message: -1.0,
)
