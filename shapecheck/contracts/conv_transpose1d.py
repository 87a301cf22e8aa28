"""nn.ConvTranspose1d: spreads each place over a window, as a convolution does backwards."""

from __future__ import annotations

from shapecheck.contracts import _transposed

CONTRACT = _transposed.contract(
    "ConvTranspose1d",
    ("L",),
    about="Each place along the last axis is spread over a window, and where windows overlap they are added up.",
)
