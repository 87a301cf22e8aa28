"""A reduction dropped the axis along which its result meets the rest."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch

weights = torch.rand(4, 7)
print((weights / weights.sum(1)).shape)
"""

GOOD = BAD.replace("sum(1)", "sum(1, keepdim=True)")

FAULT = Fault(
    code="SC596",
    slug="axis_dropped_by_reduction",
    headline="a reduction dropped the axis along which its result meets the rest",
    why=(
        "A sum, a mean, a norm or a largest number drops the axis that it runs along. What is left has one axis "
        "less than what it was made of, and broadcasting lays axes side by side from the last one on: "
        "keepdim=True leaves an axis of one in its place."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="Say keepdim=True where the result goes back to what it was made of.",
    messages=(r"The size of tensor a .* must match the size of tensor b",),
    see="Print the shape of the result beside that of what it meets.",
    speaks_for=lambda message: -1.0,
)
