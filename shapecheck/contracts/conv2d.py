"""nn.Conv2d: slides a window along two axes."""

from __future__ import annotations

from shapecheck.contracts import _convolution

CONTRACT = _convolution.contract(
    "Conv2d",
    ("H", "W"),
    about="A window slides along the last two axes; at each place it mixes all channels beneath it.",
)
