"""A list that an array of positions is to pick from, as it could from an array: the items picked one by one."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.sources import known_at, node_at

_COST = 0.02


def candidates(evidence: Evidence) -> list[Candidate]:
    """``[samples[i] for i in rows]`` for ``samples[rows]``."""
    operation = failed(evidence, "__getitem__")
    if operation is None or not operation.name.startswith("list"):
        return []
    base, index, node = operand(operation, "self"), operand(operation, "index"), node_at(operation.span)
    if base is None or index is None or base.span is None or index.span is None or node is None:
        return []
    record, part = index.value.record, node_at(index.span)
    if isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Slice):
        # A part of positions has as many axes as all of them.
        held = evidence.held.get(ast.unparse(part.value))
        record = held.record if held is not None else None
    are_positions = record is not None and len(record.shape) == 1 and record.dtype.startswith(("int", "uint"))
    if not are_positions or operation.span is None or not isinstance(node, ast.Subscript):
        return []
    free = next((each for each in ("i", "at", "place") if each not in known_at(node)), "place")
    text = f"[{base.span.text}[{free}] for {free} in {index.span.text}]"
    return [Candidate(text, (Change(operation.span, text),), (), _COST)]
