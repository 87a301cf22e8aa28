"""Rows that were viewed by another width than their own, so that each holds a part of one row, or of several."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import is_of_torch
from shapecheck.reading.edits import call_of, expression, piece, whole_number
from shapecheck.reading.failing import RECURRENT, failed, features_taken, kind, shape, tensors
from shapecheck.reading.joined.joins import place_of_input
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, sizes_of
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import found_at, names_in
from shapecheck.reading.ways_back import spans_behind

CAUSE = "rows_cut_by_view"
_COST = 0.03
_WIDTH = re.compile(r"(\w+)(?:\.size\((-?\d+)\)|\.shape\[(-?\d+)\])")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``y.reshape(-1, y.size(-1))`` for a ``width`` that is ``x.size(-1)``, or is written, and does not go on so."""
    return _before_layer(evidence) or _beside_other(evidence)


def _before_layer(evidence: Evidence) -> list[Candidate]:
    """By the width of another tensor, where the layer behind is for rows of this one."""
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


def _beside_other(evidence: Evidence) -> list[Candidate]:
    """By a width with which there are more or fewer rows than of what they are joined or reckoned with."""
    operation = failed(evidence, *JOINS, *ELEMENTWISE)
    items = tensors(operation)
    if operation is None or len(items) != 2:
        return []
    is_join = kind(operation) in JOINS
    return [
        found
        for item, other in (items, items[::-1])
        for leading in [sizes_of(other)[:-1]]
        for width in [prod(sizes_of(item)) // (prod(leading) or 1)]
        if len(sizes_of(item)) == len(sizes_of(other)) > 1 and (is_join or width == sizes_of(other)[-1])
        if prod(leading) * width == prod(sizes_of(item)) and sizes_of(item)[-1] != width
        if sizes_of(item)[1:-1] == leading[1:]
        for found in _kept(evidence, item, width)
    ]


def _kept(evidence: Evidence, item: Argument, width: int) -> Iterator[Candidate]:
    """The last size of a view that leaves the rows open, as it is of what was viewed."""
    for span in spans_of(evidence, item.span)[:2]:
        call, (source, node) = call_of(span), found_at(span)
        if call is None or not isinstance(call.func, ast.Attribute) or call.func.attr not in ("view", "reshape"):
            continue
        base, held = call.func.value, held_around(evidence, source, node)
        sizes = [whole_number(each) for each in call.args]
        if is_of_torch(call) or not isinstance(base, ast.Name) or sizes[:1] != [-1] or sizes[-1] == -1:
            return
        made = [names_in(expression(each.text)) for each in spans_behind(evidence, piece(span, base))]
        known = [sizes_of(held.get(name)) for names in made for name in names]
        known += [each.shape for entry in evidence.trace or () for each in entry.call.outputs]
        if any(each[-1:] == (width,) and prod(each) == prod(sizes_of(item)) for each in known):
            last = piece(span, call.args[-1])
            text = f"{base.id}.size(-1)"
            yield Candidate(f"{last.text} -> {text}", (Change(last, text),), (), _COST)
        return


def _texts(evidence: Evidence, span: Span) -> Iterator[str]:
    yield span.text
    yield from (origin.span.text for origin in trace(evidence, span))
