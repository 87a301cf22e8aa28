"""Pooling along one axis: MaxPool1d, AvgPool1d and their adaptive forms."""

from __future__ import annotations

from shapecheck.contracts import _pooling

CONTRACT = _pooling.contract(("L",))
