"""Rows that were viewed by the width of another tensor, so that each holds a part of one row, or of several."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import call_of, is_of_torch, piece, whole_number
from shapecheck.reading.failing import RECURRENT, failed, features_taken, shape
from shapecheck.reading.joined.joins import place_of_input
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import found_at
from shapecheck.reading.ways_back import spans_behind

_COST = 0.03
_WIDTH = re.compile(r"(\w+)(?:\.size\((-?\d+)\)|\.shape\[(-?\d+)\])")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``y.reshape(-1, y.size(-1))`` for the ``width`` that is ``x.size(-1)``, where the layer is for rows of y."""
    operation = failed(evidence, "Linear", *RECURRENT)
    sizes, want = shape(operation, "input"), features_taken(operation)
    place = place_of_input(evidence, operation) if operation is not None else None
    if operation is None or not sizes or place is None or sizes[-1] == want:
        return []
    for span in spans_behind(evidence, place):
        found = list(_viewed(evidence, span, want, sizes[-1]))
        if found:
            return found
    return []


def _viewed(evidence: Evidence, span: Span, want: int, have: int) -> Iterator[Candidate]:
    call, (source, node) = call_of(span), found_at(span)
    if call is None or not isinstance(call.func, ast.Attribute) or call.func.attr not in ("view", "reshape"):
        return
    base = call.func.value
    if is_of_torch(call) or not isinstance(base, ast.Name) or len(call.args) < 2 or whole_number(call.args[0]) != -1:
        return
    held, last = held_around(evidence, source, node), piece(span, call.args[-1])
    whole = sizes_of(held.get(base.id))
    asked = next((found for text in _texts(evidence, last) if (found := _WIDTH.fullmatch(text)) is not None), None)
    if asked is None or len(whole) < 2 or whole[-1] != want or asked.group(1) == base.id:
        return
    other = sizes_of(held.get(asked.group(1)))
    axis = int(asked.group(2) or asked.group(3))
    if other and -len(other) <= axis < len(other) and axis in (-1, len(other) - 1) and other[axis] == have:
        text = f"{base.id}.size(-1)" if ".size" in asked.group(0) else f"{base.id}.shape[-1]"
        yield Candidate(f"{last.text} -> {text}", (Change(last, text),), (), _COST)


def _texts(evidence: Evidence, span: Span) -> Iterator[str]:
    yield span.text
    yield from (origin.span.text for origin in trace(evidence, span))
