"""A view by another width cut the rows elsewhere."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch
from torch import nn

left, right = torch.rand(3, 4, 6), torch.rand(3, 4, 9)
width = left.size(-1)
one, other = nn.Linear(6, 2), nn.Linear(9, 2)
print((one(left.reshape(-1, width)) - other(right.reshape(-1, width))).shape)
"""

GOOD = BAD.replace("right.reshape(-1, width)", "right.reshape(-1, right.size(-1))")

FAULT = Fault(
    code="SC568",
    slug="rows_cut_by_view",
    headline="a view by another width cut the rows elsewhere",
    why=(
        "A view cuts the numbers by the sizes that it is told, whatever rows there were. view(-1, n) makes as "
        "many rows of n numbers as there are. Where the tensor's own rows are not n wide, nothing is said: each "
        "new row holds the end of one and the beginning of the next."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="Ask the tensor for the width of its rows: view(-1, x.size(-1)).",
    messages=(r"mat1 and mat2 shapes cannot be multiplied",),
    see="Print the shape in front of the view and behind it: the last axis should be the same.",
    speaks_for=lambda message: -1.0,
)
