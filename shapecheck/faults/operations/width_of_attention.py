"""Attention was made for another width."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import says
from shapecheck.reading.sizes.widths_of_keys import keys_of_other_width


def _recognise(evidence: Evidence) -> Recognition | None:
    found = says(
        evidence,
        r"expecting embedding dimension of (\d+), but got (\d+)",
        r"feature number of src and tgt must be equal to d_model",
    )
    other = keys_of_other_width(evidence)
    if found is None and other is not None:
        return Recognition(f"keys are {other[0]} wide, and the layer was made for {other[1]}", weight=6)
    if found is None:
        return None
    sizes = f": {found.group(1)} expected, {found.group(2)} came" if found.groups() else ""
    return Recognition(f"embed_dim is the last axis of the query{sizes}", weight=6)


BAD = """\
import torch
from torch import nn

attention = nn.MultiheadAttention(16, 4, batch_first=True)
x = torch.randn(4, 7, 12)
print(attention(x, x, x)[0].shape)
"""

GOOD = BAD.replace(
    "nn.MultiheadAttention(16, 4,",
    "nn.MultiheadAttention(12, 4,",
)

FAULT = Fault(
    code="SC544",
    slug="width_of_attention",
    headline="attention was made for another width",
    why=(
        "embed_dim (d_model in the Transformer layers) is the width of each token, the last axis of the query. "
        "Keys and values may have widths of their own only where kdim and vdim are given."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="embed_dim is the last axis of what comes in.",
    messages=(
        r"was expecting embedding dimension of \d+, but got \d+",
        r"feature number of src and tgt must be equal to d_model",
    ),
)
