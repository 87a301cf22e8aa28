"""A part of a table that a mask of the whole table was to pick from: the whole, or the same part of the mask."""

from __future__ import annotations

import ast
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import items_of, node_at

CAUSE = "cut_on_one_side_only"
_COST = 0.05
_PART = "the mask may be what was to be cut, or the table to be made larger"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``bias[far]`` or ``bias[1:, 1:][far[1:, 1:]]`` for ``bias[1:, 1:][far]``."""
    operation, frame = failed(evidence, "__getitem__", "__setitem__"), evidence.user_frame
    item = operand(operation, "self") if operation is not None else None
    mask = operand(operation, "index") if operation is not None else None
    node = node_at(item.span) if item is not None else None
    if item is None or item.span is None or mask is None or mask.span is None or frame is None:
        return []
    if not isinstance(node, ast.Subscript) or says(evidence, r"shape of the mask") is None:
        return []
    base, index = ast.unparse(node.value), ast.unparse(node.slice).strip("()")
    held = frame.names.get(base)
    if held is None or held.record is None or held.record.shape != sizes_of(mask) or not _only_cuts(node.slice):
        return []
    whole = Candidate(base, (Change(item.span, base),), (), _COST)
    change = suffixed(mask.span, f"[{index}]")
    cut = Candidate(change.text, (change,), (), _COST + 0.1)
    return [replace(each, doubt=_PART) for each in (whole, cut)]


def _only_cuts(index: ast.expr) -> bool:
    parts = items_of(index)
    return all(isinstance(each, ast.Slice) for each in parts)
