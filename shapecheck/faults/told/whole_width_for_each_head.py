"""A width that is taken apart into heads is told whole for each of them."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch
from torch import nn


class Heads(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.part = width
        self.query = nn.Linear(width, width)

    def forward(self, x):
        return self.query(x).view(x.size(0), -1, self.heads, self.part).transpose(1, 2)


print(Heads(12, 3)(torch.randn(5, 7, 12)).shape)
"""

GOOD = BAD.replace("self.part = width", "self.part = width // heads")

FAULT = Fault(
    code="SC928",
    slug="whole_width_for_each_head",
    headline="a width that is taken apart into heads is told whole for each of them",
    why=(
        "Attention with several heads cuts the width of the model into as many parts, and each head has one of "
        "them. A view that is told the number of heads and the whole width asks for so many times what is there."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="The width of one head is the width of the model divided by the number of heads.",
    messages=(r"shape '\[.*\]' is invalid for input of size",),
    see="Multiply the sizes that the view is told, and compare with the number of values.",
    speaks_for=lambda message: -1.0,
)
