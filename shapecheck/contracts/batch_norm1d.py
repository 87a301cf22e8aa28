"""nn.BatchNorm1d: normalises each channel over the batch."""

from __future__ import annotations

from shapecheck.contracts import _batch_norm

CONTRACT = _batch_norm.contract("BatchNorm1d", ("N C", "N C L"))
