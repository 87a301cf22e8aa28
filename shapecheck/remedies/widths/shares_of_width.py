"""A part of a join that was given the whole width, of which another part takes a share: ``width - width // 8``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import argument, call_of, expression, piece
from shapecheck.reading.failing import RECURRENT, failed, features_taken, number, shape
from shapecheck.reading.joined.joins import Join, joins, place_of_input
from shapecheck.reading.layers.layer_arguments import GIVEN_AT_EACH_PLACE
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import found_at, function_around, last_name, names_in, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.04


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Embedding(n, width - share)`` beside what was made of ``share = width // 8``, for a reader of the width."""
    operation = failed(evidence, "Linear", "MultiheadAttention", *RECURRENT)
    if operation is None:
        return []
    sizes, want = shape(operation, "input", "query"), features_taken(operation) or number(operation, "embed_dim")
    place = place_of_input(evidence, operation)
    if not sizes or place is None or not 0 < want < sizes[-1]:
        return []
    return list(_left(evidence, operation, place, want, sizes[-1] - want))


def _left(evidence: Evidence, operation: Operation, place: Span, want: int, more: int) -> Iterator[Candidate]:
    for join in joins(evidence, place):
        for part in join.parts if join.axis in (-1, len(shape(operation, "input", "query") or ()) - 1) else ():
            told = _told(evidence, part)
            if told is None or worked_out(evidence, told) != want:
                continue
            for name in _shares(evidence, told, more):
                if _is_of(evidence, join, part, name):
                    text = f"{told.text} - {name}"
                    yield Candidate(text, (Change(told, text),), (), _COST)
                    return


def _told(evidence: Evidence, part: Span) -> Span | None:
    """The width that the layer which gives a part was told, where it is a name."""
    for span in spans_of(evidence, part):
        node = call_of(span)
        for made in trace(evidence, piece(span, node.func)) if node is not None else ():
            call = call_of(made.span)
            width = GIVEN_AT_EACH_PLACE.get(last_name(call.func)) if call is not None else None
            text = argument(made.span, width.name, width.place) if width is not None else None
            if text is not None and isinstance(expression(text.text), ast.Name | ast.Attribute):
                return text
    return None


def _shares(evidence: Evidence, told: Span, size: int) -> Iterator[str]:
    """The names for a share of a width that the same function gives, and that come to a size."""
    source, node = found_at(told)
    for line in walk(function_around(node)):
        for target, value in values_given(line):
            is_share = isinstance(value, ast.BinOp) and ast.unparse(value.left) == told.text
            is_part = isinstance(value, ast.BinOp) and isinstance(value.op, ast.FloorDiv)
            is_above = isinstance(target, ast.Name) and value.lineno < told.line
            is_one = source is not None and is_share and is_part and is_above
            if source is not None and is_one and worked_out(evidence, source.span(value)) == size:
                yield ast.unparse(target)


def _is_of(evidence: Evidence, join: Join, part: Span, name: str) -> bool:
    """Whether another part of a join was made with a share."""
    others = [each for each in join.parts if each is not part]
    return any(name in names_in(expression(span.text)) for span in spans_behind(evidence, *others))
