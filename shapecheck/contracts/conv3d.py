"""nn.Conv3d: slides a window along three axes."""

from __future__ import annotations

from shapecheck.contracts import _convolution

CONTRACT = _convolution.contract(
    "Conv3d",
    ("D", "H", "W"),
    about="A window slides along the last three axes; at each place it mixes all channels beneath it.",
)
