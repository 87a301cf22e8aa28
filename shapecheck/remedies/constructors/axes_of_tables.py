"""A table that is cut along an axis of one which its maker put in: the axis goes where the rows are to be behind it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, index_parts, piece, takes_all, whole_number
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of, spreads
from shapecheck.reading.sources import last_name
from shapecheck.reading.steps.layouts import batch_stands_first
from shapecheck.reading.ways_back import spans_behind

_COST = 0.05
_STEPS_FIRST = "the layers of the script have the steps in front, where the rows of the table are as it is"
_STEPS_BEHIND = "the table may be cut along the wrong axis: nothing tells whether the steps stand in front"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``table.unsqueeze(0)`` for ``table.unsqueeze(1)``, where it is read as ``self.table[:, : x.size(1)]``.

    The other way round, where it is read as ``self.table[: x.size(0)]`` and the batch does not stand first.
    """
    found: list[Candidate] = []
    for item, other in both_ways(failed(evidence, *ELEMENTWISE)):
        found += _put(evidence, item, sizes_of(other))
    return found


def _put(evidence: Evidence, item: Argument, wanted: tuple[int, ...]) -> Iterator[Candidate]:
    node, sizes = expression(item.span.text) if item.span is not None else None, sizes_of(item)
    if item.span is None or not isinstance(node, ast.Subscript) or len(sizes) != len(wanted):
        return
    base = piece(item.span, node.value)
    axis = _axis_cut(piece(item.span, node.slice))
    rows = axis - 1 if axis > 0 else 1
    if not 0 <= axis < len(sizes) or len(sizes) < 2 or sizes[axis] != 1 or not 1 < wanted[axis] <= sizes[rows]:
        return
    is_samples_first = batch_stands_first(evidence)
    if axis == 0 and is_samples_first:
        return
    cut = list(sizes)
    cut[axis], cut[rows] = wanted[axis], 1
    for place in _axes_put(evidence, base, axis) if spreads(tuple(cut), wanted) else ():
        trial = (Step("stand_in", item.role, tuple(cut)),)
        doubt = _STEPS_BEHIND if axis == 0 and is_samples_first is None else ""
        doubt = _STEPS_FIRST if axis > 0 and is_samples_first is False else doubt
        yield Candidate(f"unsqueeze({rows})", (Change(place, str(rows)),), trial, _COST, doubt)
        return


def _axis_cut(index: Span) -> int:
    """The only axis that an index cuts, to a length that is asked for; -1 where it is otherwise."""
    parts = [part for part, _ in index_parts(index)]
    cut = [at for at, part in enumerate(parts) if not takes_all(part)]
    part = parts[cut[0]] if len(cut) == 1 else None
    is_asked = isinstance(part, ast.Slice) and part.lower is None and isinstance(part.upper, ast.Call | ast.Subscript)
    return cut[0] if is_asked or (isinstance(part, ast.Slice) and isinstance(part.upper, ast.Name)) else -1


def _axes_put(evidence: Evidence, base: Span, axis: int) -> Iterator[Span]:
    """Where the axis of a table is written that its maker puts in last."""
    for span in spans_behind(evidence, base):
        node = expression(span.text)
        while isinstance(node, ast.Call) and last_name(node.func) in ("Parameter", "float") and node.args:
            node = node.args[0]
        if isinstance(node, ast.Name | ast.Attribute):
            continue
        is_put = (
            isinstance(node, ast.Call) and last_name(node.func) == "unsqueeze" and isinstance(node.func, ast.Attribute)
        )
        if isinstance(node, ast.Call) and is_put and len(node.args) == 1 and whole_number(node.args[0]) == axis:
            yield piece(span, node.args[0])
        # What the table was worked out of has axes of its own.
        return
