"""Axes that are merged from one on to itself, or to one before it: nothing is merged, and one of the two is wrong."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Shaped
from shapecheck.reading.edits import piece
from shapecheck.reading.failing import failed
from shapecheck.reading.shaped_behind import shaped_behind

_COST = 0.03
_WHICH = "more than one run of axes may be meant"
_ENDS = 2


def candidates(evidence: Evidence) -> list[Candidate]:
    """``flatten(0, 1)`` for ``flatten(1, 1)``, which leaves everything as it is, and for ``flatten(2, 1)``."""
    operation = failed(evidence)
    refused = operation.span if operation is not None else None
    views = shaped_behind(evidence, "flatten")
    return [each for shaped, call in views for each in _merged(shaped, call, is_refused=shaped.span == refused)]


def _merged(shaped: Shaped, call: ast.Call, *, is_refused: bool) -> Iterator[Candidate]:
    count = len(shaped.sizes)
    if not len(call.args) == len(shaped.told) == _ENDS or not all(-count <= each < count for each in shaped.told):
        return
    first, last = (each % count for each in shaped.told)
    if first < last:
        return
    ways = [("start_dim", call.args[0], axis) for axis in range(last)]
    ways += [("end_dim", call.args[1], axis if axis < count - 1 else -1) for axis in range(first + 1, count)]
    for name, node, axis in ways:
        change = Change(piece(shaped.span, node), str(axis))
        trial = (Step("keyword", "", (name, axis)),) if is_refused else ()
        yield Candidate(f"{change.span.text} -> {axis}", (change,), trial, _COST, unless_read=_WHICH)
