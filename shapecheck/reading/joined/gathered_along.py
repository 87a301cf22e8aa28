"""Reads a gather whose index has no entry for one of the tensor's axes, and got its axis of one at another place."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.failing import Shape, failed, index_of, operand, shape
from shapecheck.reading.mismatches import without_axis
from shapecheck.reading.sources import node_at, source_of


@dataclass(frozen=True, slots=True)
class Gathered:
    """A gather along another axis than the index was made for.

    Args:
        sizes: The shape of the tensor.
        index: The shape of the index before it got an axis of one.
        axis: The axis of the tensor that the index has no entry for.
        place: The whole expression.
        written: Where an axis is written that must be this one.
    """

    sizes: Shape
    index: Shape
    axis: int
    place: Span
    written: tuple[Span, ...]


def gathered_along(evidence: Evidence) -> Gathered | None:
    """The gather that failed, where a single axis of the tensor is the one that the index lacks; None otherwise."""
    operation = failed(evidence, "gather")
    sizes = shape(operation, "self", "input")
    item = index_of(operation) if operation is not None else None
    along = operand(operation, "dim")
    if operation is None or operation.span is None or sizes is None or item is None or item.span is None:
        return None
    if item.value.record is None or along is None or along.span is None:
        return None
    made, node = item.value.record.shape, expression(item.span.text)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "unsqueeze":
        return None
    given = [*node.args, *(each.value for each in node.keywords)]
    at = whole_number(given[0]) if len(given) == 1 else None
    if at is None or len(made) != len(sizes):
        return None
    at %= len(sizes)
    index = without_axis(made, at)
    fitting = [axis for axis in range(len(sizes)) if without_axis(sizes, axis) == index]
    if len(fitting) != 1 or fitting[0] == at:
        return None
    places = [along.span, piece(item.span, given[0]), *_dropped(operation.span, at, len(sizes))]
    wrong = tuple(each for each in places if _axis(each, len(sizes)) not in (None, fitting[0]))
    return Gathered(sizes, index, fitting[0], operation.span, wrong)


def _dropped(span: Span, axis: int, count: int) -> list[Span]:
    """Where the axis of one is dropped from what was gathered."""
    up = getattr(node_at(span), "parent", None)
    call = getattr(up, "parent", None)
    source = source_of(span.file)
    if not isinstance(up, ast.Attribute) or up.attr != "squeeze" or not isinstance(call, ast.Call) or source is None:
        return []
    return [source.span(each) for each in call.args[:1] if _axis(source.span(each), count) == axis]


def _axis(span: Span, count: int) -> int | None:
    node = expression(span.text)
    number = whole_number(node)
    return None if number is None else number % count
