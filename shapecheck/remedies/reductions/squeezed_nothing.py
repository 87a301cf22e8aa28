"""A squeeze of an axis that is not of one, which does nothing: ``h_n.squeeze(1)`` for ``h_n.squeeze(0)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import applied_to, written_axis
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import last_name, node_at, source_of, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.1
_NEAR = 6
_UNSEEN = "the squeeze may have dropped another axis of one"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The axis of one that is still there in place of the one that was named."""
    operation = failed(evidence)
    found: list[Candidate] = []
    for item in tensors(operation):
        left = [axis for axis, size in enumerate(sizes_of(item)) if size == 1]
        if len(left) == 1 and len(sizes_of(item)) > 1 and item.span is not None:
            found += _named(evidence, item, left[0])
    return found


def _named(evidence: Evidence, item: Argument, left: int) -> Iterator[Candidate]:
    """The squeezes on the way to an operand that named another axis than the one of one that it has still."""
    for span in islice(spans_behind(evidence, item.span), _NEAR) if item.span is not None else ():
        for base, axis in _squeezes(span):
            sizes = sizes_of(held_around(evidence, source_of(span.file), node_at(span)).get(base))
            number = whole_number(axis)
            if number is None or (sizes and (not -len(sizes) <= number < len(sizes) or sizes[number] == 1)):
                continue
            ndim = len(sizes or sizes_of(item))
            if number % ndim == left or (sizes and sizes[left : left + 1] != (1,)):
                continue
            change = Change(piece(span, axis), str(left))
            trial = (Step("squeeze", item.role, (left,)),)
            yield Candidate(f"squeeze({left})", (change,), trial, _COST, unless_read="" if sizes else _UNSEEN)
            return


def _squeezes(span: Span) -> Iterator[tuple[str, ast.expr]]:
    """What is squeezed along a written axis in an expression, and that axis."""
    for node in walk(expression(span.text)):
        if not isinstance(node, ast.Call) or last_name(node.func) != "squeeze":
            continue
        base, axis = applied_to(node), written_axis(node)
        if base is not None and axis is not None:
            yield ast.unparse(base), axis
