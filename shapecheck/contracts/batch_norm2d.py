"""nn.BatchNorm2d: normalises each channel over the batch."""

from __future__ import annotations

from shapecheck.contracts import _batch_norm

CONTRACT = _batch_norm.contract("BatchNorm2d", ("N C H W",))
