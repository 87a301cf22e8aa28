"""Windows of features for a scaler that takes tables only: laid out as rows, and back into windows behind it."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import found_at, last_name, under_methods

_COST = 0.05
_TOO_MANY = r"Found array with dim (\d+)\..*expected <= 2"
# What gives numbers where it got some, of a scaler that knows how many features there are, and of one that does not.
_FITTED, _UNFITTED = ("transform", "inverse_transform"), ("fit_transform", "fit", "partial_fit")
_AS_ARRAY = ("numpy", "cpu", "detach")
_WHICH = "each step of a feature may be meant to be a column of its own, ``reshape(len(x), -1)``"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``scaler.transform(x.reshape(-1, x.shape[-1])).reshape(x.shape)``."""
    said = says(evidence, _TOO_MANY)
    for frame in reversed(evidence.frames) if said is not None else ():
        source, node = found_at(frame.span) if frame.is_user else (None, None)
        if source is None or not isinstance(node, ast.Call) or len(node.args) != 1 or said is None:
            continue
        name, given = last_name(node.func), source.span(node.args[0])
        # As an array it lies as it did as a tensor.
        base = ast.unparse(under_methods(node.args[0], _AS_ARRAY))
        held = frame.names.get(base)
        if name not in (*_FITTED, *_UNFITTED) or len(sizes_of(held)) != int(said.group(1)):
            continue
        changes = [Change(given, f"{bracketed(given.text)}.reshape(-1, {base}.shape[-1])")]
        if "transform" in name:
            changes = [Change(frame.span, f"{ast.unparse(node.func)}({changes[0].text}).reshape({base}.shape)")]
        return [Candidate(changes[0].text, tuple(changes), (), _COST, "" if name in _FITTED else _WHICH)]
    return []
