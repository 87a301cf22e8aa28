"""Finds the joins that an operand comes from, with their parts and their axis."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.edits import argument, call_of, expression, piece, whole_number
from shapecheck.reading.failing import operand, tensors
from shapecheck.reading.mismatches import JOINS
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import last_name, walk
from shapecheck.reading.ways_back import spans_behind

_SIDE_BY_SIDE = (*JOINS, "hstack")


@dataclass(frozen=True, slots=True)
class Join:
    """A join in the source.

    Args:
        span: The call.
        parts: What is joined, as far as it is written there.
        axis: The axis, None if it is written as something else than a number.
    """

    span: Span
    parts: tuple[Span, ...]
    axis: int | None


def place_of_input(evidence: Evidence, operation: Operation) -> Span | None:
    """Where the input of a layer stands; for a child of a container, where that of the container does."""
    item = operand(operation, "input", "x") or next(iter(tensors(operation)), None)
    if item is not None and item.span is not None:
        return item.span
    outer = next(iter(tensors(evidence.operation)), None) if evidence.operation is not None else None
    return outer.span if outer is not None else None


def joins(evidence: Evidence, span: Span, *, also: tuple[str, ...] = (), only_whole: bool = False) -> Iterator[Join]:
    """The joins behind an expression: in it, in the chain of it, and in those of the names that these are written with.

    Args:
        evidence: The problem.
        span: The expression.
        also: Other functions that put tensors together.
        only_whole: Whether to leave out what only holds the value that a name has.
    """
    names = (*_SIDE_BY_SIDE, *also)
    for one in spans_behind(evidence, span, only_whole=only_whole):
        tree = expression(one.text)
        for node in walk(tree):
            is_join = isinstance(node, ast.Call) and last_name(node.func) in names and bool(node.args or node.keywords)
            # A layer of the model may have such a name as well.
            if is_join and not ast.unparse(node).startswith("self."):
                yield _join(evidence, piece(one, node))


def _join(evidence: Evidence, span: Span) -> Join:
    call = call_of(span)
    at = argument(span, "axis", 1) or argument(span, "dim", 1)
    node = expression(at.text) if at is not None else None
    axis = whole_number(node)
    if at is None:
        axis = -1 if call is not None and last_name(call.func) == "hstack" else 0
    given = call.args[0] if call is not None and call.args else None
    listed = piece(span, given) if given is not None else None
    if listed is not None and isinstance(given, ast.Name):
        # A list that has a name, and is joined as it was written.
        listed = next((each.span for each in trace(evidence, listed)), listed)
    whole = expression(listed.text) if listed is not None else None
    parts = whole.elts if isinstance(whole, ast.List | ast.Tuple) else []
    kept = [each for each in parts if not isinstance(each, ast.Starred)]
    return Join(span, tuple(piece(listed, each) for each in kept if listed is not None), axis)
