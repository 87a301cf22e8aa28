"""Maps that rows are viewed as, written with other sides than the product by which the layer in front was made."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import argument, call_of, expression, piece, whole_number
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import last_name
from shapecheck.reading.ways_back import spans_behind
from shapecheck.reading.written_products import factors
from shapecheck.remedies.shapes.views import asked_sizes

_COST = 0.04


def candidates(evidence: Evidence) -> list[Candidate]:
    """``view(-1, 8, 7, 7)`` behind a layer that gives ``8 * 7 * 7`` numbers."""
    operation = failed(evidence, "view", "reshape")
    item = operand(operation, "self", "input") if operation is not None else None
    if operation is None or item is None or item.span is None or len(sizes_of(item)) != 2:
        return []
    written = [each.span for each in asked_sizes(operation)[1:] if each.span is not None]
    sizes, told = [_number(each) for each in written], _product(evidence, item.span)
    # The channels agree, and both are as many factors: it is the sides that differ.
    if not 3 <= len(sizes) == len(told) or None in (*sizes, *told) or sizes[0] != told[0] or sizes == told:
        return []
    changes = [Change(span, str(new)) for span, old, new in zip(written, sizes, told, strict=True) if old != new]
    title = f"{', '.join(map(str, sizes))} -> {', '.join(map(str, told))}"
    return [Candidate(title, tuple(changes), (), _COST)]


def _product(evidence: Evidence, span: Span) -> list[int | None]:
    """The factors of the width that the nearest Linear behind an expression was made to give."""
    for place in spans_behind(evidence, span):
        call = call_of(place)
        rows = call.args if call is not None and last_name(call.func) == "Sequential" else [call]
        layers = [each for each in rows if isinstance(each, ast.Call) and last_name(each.func) == "Linear"]
        if layers:
            given = argument(place if layers[-1] is call else piece(place, layers[-1]), "out_features", 1)
            node = expression(given.text) if given is not None else None
            return [whole_number(each) for each in factors(node)] if node is not None else []
    return []


def _number(span: Span) -> int | None:
    node = expression(span.text)
    return whole_number(node) if node is not None else None
