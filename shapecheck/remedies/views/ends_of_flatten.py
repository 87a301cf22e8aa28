"""Axes that are merged from one on to itself, or to one before it: nothing is merged, and one of the two is wrong."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.applied import applied_to, told_to
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.sources import last_name
from shapecheck.reading.written_behind import Written, written_behind

_COST, _FARTHER = 0.03, 0.01
_WHICH = "more than one run of axes may be meant"
_TOLD = 2


def candidates(evidence: Evidence) -> list[Candidate]:
    """``flatten(0, 1)`` for ``flatten(1, 1)``, which leaves everything as it is, and for ``flatten(2, 1)``."""
    return [each for written in written_behind(evidence) for each in _merged(evidence, written)]


def _merged(evidence: Evidence, written: Written) -> Iterator[Candidate]:
    node = written.node
    if not isinstance(node, ast.Call) or last_name(node.func) != "flatten" or node.keywords:
        return
    told, of = told_to(node), applied_to(node)
    ends = [whole_number(each) for each in told]
    if len(told) != _TOLD or None in ends or of is None:
        return
    count = written.count_axes(of) or (_count(evidence) if written.is_refused else None)
    if count is None or not all(-count <= (each or 0) < count for each in ends):
        return
    first, last = ((each or 0) % count for each in ends)
    if first < last:
        return
    ways = [(told[0], str(axis)) for axis in range(last)]
    ways += [(told[1], str(axis) if axis < count - 1 else "-1") for axis in range(first + 1, count)]
    doubt = _WHICH if len(ways) > 1 else ""
    for place, text in ways:
        change = Change(written.place(place), text)
        title = f"{change.span.text} -> {text}"
        yield Candidate(title, (change,), (), _COST + _FARTHER * written.far, unless_read=doubt)


def _count(evidence: Evidence) -> int | None:
    """How many axes what is merged has, where the merging was refused."""
    operation = failed(evidence, "flatten")
    item = operand(operation, "self", "input") if operation is not None else None
    return len(item.value.record.shape) if item is not None and item.value.record is not None else None
