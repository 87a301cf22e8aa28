"""A size was asked of another axis than the one that it is for."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch
from torch import nn

scores = torch.randn(4, 7, 7)
x = torch.randn(4, 7, 5)
later = torch.ones(x.size(0), x.size(0)).triu(1).bool()
print((scores.masked_fill(later, float("-inf")).softmax(-1) @ x).shape)
"""

GOOD = BAD.replace("x.size(0), x.size(0)", "x.size(1), x.size(1)")

FAULT = Fault(
    code="SC592",
    slug="size_of_another_axis",
    headline="a size was asked of another axis than the one that it is for",
    why=(
        "x.size(0) is how many samples there are, or how many steps where time comes first; x.size(1) is the "
        "other one. Both are plain numbers, so that a mask, a table or a state made with the wrong one fails "
        "only where it meets the rest."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="Take the sizes apart once, by name: batch_size, seq_length, _ = x.shape.",
    messages=(r"The size of tensor a .* must match the size of tensor b",),
    see="Print x.shape beside the shape of what was made with it.",
    speaks_for=lambda message: -1.0,
)
