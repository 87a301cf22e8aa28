"""A gate that halves the last axis in front of a layer that reads channels along axis 1: ``nn.GLU(dim=1)``."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.applied import given_as
from shapecheck.reading.edits import whole_number, with_keyword
from shapecheck.reading.failing import failed, kind, number, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import last_name, user_sources

_COST = 0.02
_SEVERAL = "several gates halve the last axis"
_BY_CHANNELS = ("Conv1d", "Conv2d", "Conv3d", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "conv1d", "conv2d")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The gate along the channels, where twice as many of these came as the layer behind it reads."""
    operation = failed(evidence, *_BY_CHANNELS)
    sizes = sizes_of(operand(operation, "input"))
    want = number(operation, "in_channels") or number(operation, "num_features")
    if operation is None or len(sizes) < 3 or not want or sizes[1] != 2 * want:
        return []
    found = [
        with_keyword(source.span(call), "dim", "1")
        for source in user_sources(evidence)
        for call in source.calls("GLU", "glu")
        if _halves_last(call, len(sizes))
    ]
    doubt = _SEVERAL if len(found) > 1 else ""
    title = f"{kind(operation)} behind a gate along axis 1"
    return [Candidate(title, (change,), (), _COST, doubt) for change in found if change is not None]


def _halves_last(call: ast.Call, count: int) -> bool:
    """Whether a gate is told the last axis, or none, which is the same."""
    at = 0 if last_name(call.func) == "GLU" else 1
    told = given_as(call, "dim", at)
    return told is None or whole_number(told) in (-1, count - 1)
