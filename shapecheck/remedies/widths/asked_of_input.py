"""A width that was asked of the very tensor that is read, along its samples: ``x.shape[0]`` rows of ``w``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.applied import size_asked
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import Shape, failed, kind, number, operand
from shapecheck.reading.layers.layer_arguments import READ_LAST
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import walk
from shapecheck.reading.ways_back import spans_behind

CAUSE = "size_of_another_axis"
_COST = -0.05
_ALONG = "the layer may be meant to go along the axis that was asked"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``features.shape[1]`` for ``features.shape[0]``, where the features are what meets the weight."""
    operation = failed(evidence, *READ_LAST, "matmul", "mm")
    item = operand(operation, "input") if operation is not None else None
    outer = evidence.operation.argument("input") if evidence.operation is not None else None
    # What a layer in a row was given has no text; the row was given it first.
    item = outer if item is not None and item.span is None and outer is not None else item
    if operation is None or item is None or item.span is None or len(sizes_of(item)) < 2:
        return []
    have, (want, places) = sizes_of(item)[-1], _weight(evidence, operation)
    shapes = _shapes(evidence, item)
    asked = {
        (place, name, axis)
        for span in places
        for place, name, axis in _questions(span)
        if axis < len(shape := shapes.get(name, ())) - 1 and (shape[axis], shape[-1]) == (want, have)
    }
    # What was asked in several places is no slip in one.
    if len(asked) != 1 or want == have:
        return []
    place, name, axis = asked.pop()
    last = len(shapes[name]) - 1
    text = f"{name}.size({last})" if place.text.endswith(")") and ".size(" in place.text else f"{name}.shape[{last}]"
    told = READ_LAST.get(kind(operation))
    trial = (Step("configure", "", (told, have)),) if told else ()
    doubt = _ALONG if axis > 0 or last > 1 else ""
    return [Candidate(f"{place.text} -> {text}", (Change(place, text),), trial, _COST, doubt)]


def _weight(evidence: Evidence, operation: Operation) -> tuple[int, list[Span]]:
    """The width that is wanted of what is read, and the expressions that it may be written in."""
    told = READ_LAST.get(kind(operation))
    if told is not None:
        given = [origin.span for origin in evidence.origins.get(f"{operation.callee}.{told}", ())]
        return number(operation, told), [*evidence.told.get(told, ()), *given]
    other = operand(operation, "other", "mat2")
    if other is None or other.span is None or len(sizes_of(other)) != 2:
        return 0, []
    return sizes_of(other)[0], list(spans_behind(evidence, other.span))


def _shapes(evidence: Evidence, item: Argument) -> dict[str, Shape]:
    """The tensors that an operand is, or was cut from, by their names, with their shapes."""
    assert item.span is not None
    own = {span.text: sizes_of(item) for span in _names(evidence, item.span)}
    behind = {each.text for span in spans_behind(evidence, item.span) for each in _names_in(span)}
    held = {name: value.record for frame in evidence.frames for name, value in frame.names.items()}
    cut = {name: record.shape for name, record in held.items() if name in behind and record is not None}
    return {name: shape for name, shape in cut.items() if len(shape) == len(sizes_of(item))} | own


def _names(evidence: Evidence, span: Span) -> Iterator[Span]:
    """An expression and what it is another name of."""
    yield span
    for origin in evidence.chains.get(span, ()):
        if not isinstance(expression(origin.span.text), ast.Name | ast.Attribute):
            return
        yield origin.span


def _names_in(span: Span) -> Iterator[Span]:
    node = expression(span.text)
    for each in walk(node):
        if isinstance(each, ast.Name):
            yield piece(span, each)


def _questions(span: Span) -> Iterator[tuple[Span, str, int]]:
    """What asks a tensor for a size in an expression: where, the tensor, and the axis."""
    for each in walk(expression(span.text)):
        asked = size_asked(each)
        if asked is not None and asked[1] >= 0:
            yield piece(span, each), ast.unparse(asked[0]), asked[1]
