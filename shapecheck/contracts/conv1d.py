"""nn.Conv1d: slides a window along one axis."""

from __future__ import annotations

from shapecheck.contracts import _convolution

CONTRACT = _convolution.contract(
    "Conv1d", ("L",), about="A window slides along the last axis; at each place it mixes all channels beneath it."
)
