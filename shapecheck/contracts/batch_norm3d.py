"""nn.BatchNorm3d: normalises each channel over the batch."""

from __future__ import annotations

from shapecheck.contracts import _batch_norm

CONTRACT = _batch_norm.contract("BatchNorm3d", ("N C D H W",))
