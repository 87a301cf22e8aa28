"""Places in a batch that are drawn, or counted up, for a full one, where the last batch has fewer samples."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import (
    found_at,
    function_around,
    last_name,
    loops_of,
    names_in,
    parameters,
    parents,
    walk,
)
from shapecheck.reading.ways_back import spans_behind

_PLACES = ("arange", "randperm", "permutation", "range")
_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.randperm(x.size(0))`` for ``torch.randperm(batch_size)``, where ``x`` is what the places are taken of."""
    operation = failed(evidence, "__getitem__", "index_select")
    item, index = operand(operation, "self", "input"), operand(operation, "index")
    if operation is None or item is None or index is None or index.span is None or item.span is None:
        return []
    sizes, name = sizes_of(item), item.span.text
    if not sizes or not name.isidentifier() or not says(evidence, r"out of bounds", r"out of range"):
        return []
    ways = (count for span in spans_behind(evidence, index.span) for count in _counts(span))
    found = dict.fromkeys(count for count in ways if _is_beside(count, name))
    many = [count for count in found if (worked_out(evidence, count) or 0) > sizes[0]]
    return [Candidate(f"{name}.size(0)", (Change(count, f"{name}.size(0)"),), (), _COST) for count in many]


def _counts(span: Span) -> Iterator[Span]:
    """The names and numbers that say for how many samples a text makes places: ``n`` in ``torch.randperm(n)``."""
    for call in walk(expression(span.text)):
        is_made = isinstance(call, ast.Call) and last_name(call.func) in _PLACES and len(call.args) == 1
        if is_made and isinstance(call, ast.Call) and isinstance(call.args[0], ast.Name | ast.Attribute | ast.Constant):
            yield piece(span, call.args[0])


def _is_beside(count: Span, name: str) -> bool:
    """Whether what the places are taken of is a batch by then: what a loop goes over, or a function is given."""
    _, node = found_at(count)
    home = function_around(node)
    given = home is not None and name in parameters(home)
    return given or any(name in names_in(loop.target) for up in parents(node) for loop in loops_of(up))
