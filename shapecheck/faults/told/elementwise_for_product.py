"""Two matrices were multiplied number by number, where the product of matrices was meant."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch
from torch import nn

rows, weight = torch.randn(8, 5), nn.Parameter(torch.randn(5, 3))
print((rows * weight).shape)
"""

GOOD = BAD.replace("rows * weight", "rows @ weight")

FAULT = Fault(
    code="SC955",
    slug="elementwise_for_product",
    headline="two matrices were multiplied number by number in place of rows by columns",
    why=(
        "* and torch.mul multiply each number with the one at its place, and want shapes that spread to each other. "
        "@ and torch.matmul make the product of matrices, which wants the last axis of the first to be as long as the "
        "last but one of the second: so a layer weighs its inputs."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="Weights are applied with @; * is for gates and masks of one shape.",
    messages=(r"The size of tensor a \(\d+\) must match the size of tensor b \(\d+\) at non-singleton dimension",),
    speaks_for=lambda message: -1.0,
)
