"""Positions of what was laid flat, taken of a tensor that still has both of its axes."""

from __future__ import annotations

import ast
from math import prod

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import home_around, node_at, walk
from shapecheck.remedies.moves import put_behind

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``adv.flatten(0, 1)[rows]`` where ``rows`` are taken of tensors beside it that have as many rows as both axes."""
    operation = failed(evidence, "__getitem__")
    item, index = (operand(operation, role) for role in ("self", "index"))
    if item is None or index is None or item.span is None or index.span is None:
        return []
    sizes, facts = sizes_of(item), index.value.facts
    if says(evidence, r"out of (bounds|range)") is None or len(sizes) < 2 or not index.span.text.isidentifier():
        return []
    rows = prod(sizes[:2])
    if len(sizes_of(index)) != 1 or not sizes[0] <= facts.get("max", -1) < rows:
        return []
    home = home_around(node_at(index.span))
    beside = {
        ast.unparse(each.value)
        for each in walk(home)
        if isinstance(each, ast.Subscript) and ast.unparse(each.slice) == index.span.text
    } - {item.span.text}
    held = [evidence.held[name].record for name in beside if name in evidence.held]
    if not any(record is not None and record.shape[:1] == (rows,) for record in held):
        return []
    return [
        each
        for each in put_behind(evidence, item, ".flatten(0, 1)", [], cost=_COST)
        if each.changes[0].span == item.span
    ]
