"""What is resized lacks an axis that is dropped behind: put in where it is dropped."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import suffixed, whole_number
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import node_at

_COST = 0.05
# How many axes stand for places.
_PLACES = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}


def candidates(evidence: Evidence) -> list[Candidate]:
    """``interpolate(x.unsqueeze(1), ...)`` where ``.squeeze(1)`` stands behind."""
    operation = failed(evidence, "interpolate", "upsample")
    item, mode = (operand(operation, role) for role in ("input", "mode"))
    places = _PLACES.get(mode.value.text.strip("'\"") if mode is not None else "", 0)
    if operation is None or operation.span is None or item is None or item.span is None:
        return []
    missing = places + 2 - len(sizes_of(item))
    return list(_put_in(operation.span, item.span, item.role)) if places and missing == 1 else []


def _put_in(call: Span, given: Span, role: str) -> Iterator[Candidate]:
    node = node_at(call)
    method = getattr(node, "parent", None)
    dropped = getattr(method, "parent", None)
    is_dropped = isinstance(method, ast.Attribute) and method.attr == "squeeze" and isinstance(dropped, ast.Call)
    if is_dropped and isinstance(dropped, ast.Call) and len(dropped.args) == 1:
        axis = whole_number(dropped.args[0])
        if axis in (0, 1):
            change = suffixed(given, f".unsqueeze({axis})")
            yield Candidate(change.text, (change,), (Step("unsqueeze", role, (axis,)),), _COST)
