"""nn.InstanceNorm2d: normalises each channel of each sample by itself."""

from __future__ import annotations

from shapecheck.contracts import _instance_norm

CONTRACT = _instance_norm.contract("InstanceNorm2d", "H W")
