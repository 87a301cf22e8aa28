"""A tensor that was flattened from another axis on than gives the width that the layer behind it takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice
from math import prod

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import applied_to, is_of_torch
from shapecheck.reading.edits import argument, expression, place_behind, whole_number
from shapecheck.reading.failing import RECURRENT, failed, features_taken, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import found_at, last_name
from shapecheck.reading.ways_back import spans_behind

_COST = 0.02
_NEAR = 4


def candidates(evidence: Evidence) -> list[Candidate]:
    """``x.flatten(1)`` for ``x.flatten(0)``, where all axes of a sample make the width of the Linear behind it."""
    operation = failed(evidence, "Linear", *RECURRENT)
    item, want = operand(operation, "input"), features_taken(operation)
    if item is None or item.span is None or want < 2:
        return []
    for span in islice(spans_behind(evidence, item.span), _NEAR):
        base = _whole(evidence, span)
        if base and (found := list(_ways(span, base, sizes_of(item), want, item.role))):
            return found
    return []


def _ways(span: Span, base: tuple[int, ...], have: tuple[int, ...], want: int, role: str) -> Iterator[Candidate]:
    call = expression(span.text)
    assert isinstance(call, ast.Call)
    is_function = is_of_torch(call)
    start, end = argument(span, "start_dim", is_function), argument(span, "end_dim", 1 + is_function)
    first = whole_number(expression(start.text)) if start is not None else 0
    if end is not None or first is None or not -len(base) <= first < len(base):
        return
    if (*base[: first % len(base)], prod(base[first % len(base) :])) != have:
        return
    for axis in range(1, len(base) - 1):
        new = (*base[:axis], prod(base[axis:]))
        if new[-1] == want and new != have:
            change = (
                Change(start, str(axis)) if start is not None else Change(_inside(span), f"{', ' * is_function}{axis}")
            )
            yield Candidate(f"flatten from axis {axis} on", (change,), (Step("stand_in", role, new),), _COST)
            return


def _whole(evidence: Evidence, span: Span) -> tuple[int, ...]:
    """The sizes of what an expression flattens; none where it flattens nothing, or that has no name."""
    node = expression(span.text)
    if not isinstance(node, ast.Call) or last_name(node.func) != "flatten":
        return ()
    base = applied_to(node)
    source, there = found_at(span)
    held = held_around(evidence, source, there) if source is not None and there is not None else {}
    return sizes_of(held.get(ast.unparse(base))) if base is not None else ()


def _inside(span: Span) -> Span:
    end = place_behind(span)
    return Span(end.file, end.line, end.column - 1, end.line, end.column - 1)
