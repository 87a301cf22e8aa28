"""The number of heads does not divide the width."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import says


def _recognise(evidence: Evidence) -> Recognition | None:
    if not says(evidence, r"embed_dim must be divisible by num_heads"):
        return None
    return Recognition("each head reads an equal part of the width: embed_dim / num_heads numbers", weight=6)


BAD = """\
import torch
from torch import nn

attention = nn.MultiheadAttention(16, 3, batch_first=True)
x = torch.randn(4, 7, 16)
print(attention(x, x, x)[0].shape)
"""

GOOD = BAD.replace(
    "nn.MultiheadAttention(16, 3,",
    "nn.MultiheadAttention(16, 4,",
)

FAULT = Fault(
    code="SC543",
    slug="heads_do_not_divide_width",
    headline="the number of heads does not divide the width",
    why="Attention splits the width among its heads, so embed_dim must be a multiple of num_heads.",
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="embed_dim is a multiple of num_heads.",
    messages=(r"embed_dim must be divisible by num_heads",),
)
