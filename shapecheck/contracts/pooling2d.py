"""Pooling along two axes: MaxPool2d, AvgPool2d and their adaptive forms."""

from __future__ import annotations

from shapecheck.contracts import _pooling

CONTRACT = _pooling.contract(("H", "W"))
