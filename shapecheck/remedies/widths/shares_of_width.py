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
from shapecheck.reading.reckoning import reckoned_number
from shapecheck.reading.sources import found_at, function_around, last_name, names_in, walk
from shapecheck.reading.ways_back import spans_behind

CAUSE = "joined_width_not_counted"
_COST = 0.04


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Embedding(n, width - share)`` beside what was made of ``share = width // 8``, for a reader of the width."""
    operation = failed(evidence, "Linear", "MultiheadAttention", "LayerNorm", *RECURRENT)
    if operation is None:
        return []
    sizes, want = shape(operation, "input", "query"), features_taken(operation) or number(operation, "embed_dim")
    normed = operation.config.get("normalized_shape")
    want = normed[0] if isinstance(normed, tuple | list) and len(normed) == 1 else want
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
            if source is None or not isinstance(target, ast.Name) or value.lineno >= told.line:
                continue
            for part in [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]:
                found = worked_out(evidence, source.span(part)) or reckoned_number(evidence, source, part)
                if _is_share(part, told.text) and found == size:
                    yield target.id


def _is_share(node: ast.expr, whole: str) -> bool:
    """Whether an expression is a part of a width: ``width // 8``, ``int(width / parts)``."""
    is_rounded = isinstance(node, ast.Call) and last_name(node.func) == "int" and len(node.args) == 1
    inner = node.args[0] if isinstance(node, ast.Call) and is_rounded else node
    divides = (ast.FloorDiv, ast.Div) if is_rounded else ast.FloorDiv
    return isinstance(inner, ast.BinOp) and isinstance(inner.op, divides) and ast.unparse(inner.left) == whole


def _is_of(evidence: Evidence, join: Join, part: Span, name: str) -> bool:
    """Whether another part of a join was made with a share."""
    others = [each for each in join.parts if each is not part]
    return any(name in names_in(expression(span.text)) for span in spans_behind(evidence, *others))
