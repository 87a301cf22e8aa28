"""A size was asked of another axis than the one that it is for."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch
from torch import nn


class Shared(nn.Module):
    def forward(self, x):
        n = x.size(0)
        mask = x.new_empty(1, n, x.size(2)).bernoulli_(0.5)
        return x * mask


out, _ = nn.LSTM(5, 4)(Shared()(torch.randn(7, 3, 5)))
print(out.shape)
"""

GOOD = BAD.replace("n = x.size(0)", "n = x.size(1)")

FAULT = Fault(
    code="SC592",
    slug="size_of_another_axis",
    headline="a size was asked of another axis than the one that it is for",
    why=(
        "The size of one axis is a plain number like that of any other. x.size(0) is how many samples there are, "
        "or how many steps where time comes first; x.size(1) is the other one. Nothing tells them apart, so that a "
        "mask, a table or a state made with the wrong one fails only where it meets the rest."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="Take the sizes apart once, by name: batch_size, seq_length, _ = x.shape.",
    messages=(r"The size of tensor a .* must match the size of tensor b",),
    see="Print x.shape beside the shape of what was made with it.",
    speaks_for=lambda message: -1.0,
)
