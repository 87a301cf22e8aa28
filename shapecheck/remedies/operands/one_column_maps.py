"""A map that is one column wide, as a convolution over whole rows leaves it, before what goes along one axis only."""

from __future__ import annotations

from dataclasses import replace

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, number, operand, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.remedies.moves import put_behind

_ALONG_ONE = (
    *("max_pool1d", "avg_pool1d", "adaptive_max_pool1d", "adaptive_avg_pool1d", "lp_pool1d", "conv1d"),
    *("MaxPool1d", "AvgPool1d", "AdaptiveMaxPool1d", "AdaptiveAvgPool1d", "LPPool1d", "Conv1d", "BatchNorm1d"),
)
_COST = 0.1
_EITHER = "its rows and its columns are one, and either may be what is to be left out"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``F.max_pool1d(maps.squeeze(3), n)`` for maps (batch, channels, steps, 1)."""
    operation = failed(evidence, *_ALONG_ONE)
    item = operand(operation, "input", "self") or next(iter(tensors(operation)), None)
    sizes = sizes_of(item)
    if operation is None or item is None or len(sizes) != 4 or 1 not in sizes[2:]:
        return []
    channels = number(operation, "in_channels") or number(operation, "num_features")
    if channels and channels != sizes[1]:
        return []
    axis = 3 if sizes[3] == 1 else 2
    doubt = _EITHER if sizes[2:] == (1, 1) else ""
    found = put_behind(evidence, item, f".squeeze({axis})", [Step("squeeze", item.role, (axis,))], cost=_COST)
    return [replace(each, doubt=each.doubt or doubt) for each in found]
