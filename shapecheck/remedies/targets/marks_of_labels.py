"""A mark among the labels, such as that of the end, which was counted one class too far."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import last_name, walk
from shapecheck.reading.ways_back import spans_behind

_FILLS = {"full": 1, "full_like": 1, "new_full": 1, "fill_": 0}


def one_too_far(evidence: Evidence, target: Argument, most: int, count: int, *, cost: float) -> Iterator[Candidate]:
    """``END = WORDS`` for ``END = WORDS + 1``, where the labels are filled with it and it is the first that is missing.

    Args:
        evidence: The problem.
        target: The labels.
        most: The largest of them.
        count: How many classes there are.
        cost: What it costs.
    """
    if most != count or target.span is None:
        return
    for span in spans_behind(evidence, target.span):
        for node in walk(expression(span.text)):
            at = _FILLS.get(last_name(node.func)) if isinstance(node, ast.Call) else None
            if not isinstance(node, ast.Call) or at is None or len(node.args) <= at:
                continue
            mark = piece(span, node.args[at])
            for place in spans_of(evidence, mark):
                change = _one_less(evidence, place, most)
                if change is not None:
                    yield Candidate(f"{place.text} -> {change.text}", (change,), (), cost)
                    return


def _one_less(evidence: Evidence, place: Span, most: int) -> Change | None:
    node = expression(place.text)
    is_next = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and ast.unparse(node.right) == "1"
    if not isinstance(node, ast.BinOp) or not is_next or worked_out(evidence, place) != most:
        return None
    return Change(place, piece(place, node.left).text)
