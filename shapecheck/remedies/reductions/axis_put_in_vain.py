"""An axis of one that was put in on the way to a layer which takes one axis less: it stays out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import CELLS, CONVOLUTIONS, NORMS, RECURRENT, failed, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import walk
from shapecheck.reading.turned_before import axis_made
from shapecheck.reading.ways_back import spans_behind

_COST = 0.08
_NEAR = 6


def candidates(evidence: Evidence) -> list[Candidate]:
    """``embed(guess)`` for ``embed(guess.unsqueeze(1))``, which a cell was given."""
    item = operand(failed(evidence, *CELLS, *RECURRENT, *CONVOLUTIONS, *NORMS), "input")
    if item is None or item.span is None or not says(evidence, r"[Ee]xpected .*(?:D|dimension)"):
        return []
    return [each for axis, size in enumerate(sizes_of(item)) if size == 1 for each in _left_out(evidence, item, axis)]


def _left_out(evidence: Evidence, item: Argument, axis: int) -> Iterator[Candidate]:
    """What an axis was put into on the way, where it stands in an expression that the operand was made by."""
    for span in islice(spans_behind(evidence, item.span), _NEAR):
        for node in walk(expression(span.text)):
            if not isinstance(node, ast.Call | ast.Subscript):
                continue
            place = piece(span, node)
            put = axis_made(place.text)
            if put is not None and put[1] == "unsqueeze" and put[2] % len(sizes_of(item)) == axis:
                yield Candidate(put[0], (Change(place, put[0]),), (Step("squeeze", item.role, (axis,)),), _COST)
                return
