"""Sizes of a view in each other's place, or rows merged that are fewer, where it mixes what lies in axes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Shaped
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import failed, says
from shapecheck.reading.mixed_views import filled, is_mixed, mixed_views
from shapecheck.reading.sources import last_name, walk

# It speaks louder than that other sizes were told somewhere: no script mixes axes on purpose.
_COST = 0.005
# Behind what speaks for the names themselves.
_COST_OF_NAMES = 0.025
_UNREAD = "what is viewed may have been meant to lie in the order in which the sizes stand"
_NAMES = "the view may be right, and the two names be exchanged where they are taken"
_OTHER_MATTER = (r"dtype|scalar type|\b(Float|Long|Double)\b", r"has no attribute", r"unexpected keyword")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``view(b, w, -1)`` for ``view(b, -1, w)`` of rows of ``b * w``, on the way to the operation that failed."""
    operation = failed(evidence)
    if operation is None or says(evidence, *_OTHER_MATTER) is not None:
        return []
    direct = {item.span: item.role for item in operation.arguments}
    views = list(mixed_views(evidence))
    found = [each for viewed in views for each in _exchanged(viewed, direct.get(viewed.span, ""))]
    return [*found, *(each for viewed in views for each in _merged_whole(viewed))]


def _exchanged(viewed: Shaped, role: str) -> Iterator[Candidate]:
    call = call_of(viewed.span)
    for one, other in combinations(range(len(viewed.told)), 2) if call is not None else ():
        order = list(viewed.told)
        order[one], order[other] = order[other], order[one]
        if call is not None and tuple(order) != viewed.told and not is_mixed(viewed.sizes, order):
            parts = [piece(viewed.span, call.args[at]) for at in (one, other)]
            changes = tuple(Change(a, b.text) for a, b in zip(parts, reversed(parts), strict=True))
            trial = (Step("stand_in", role, filled(viewed.sizes, order)),) if role else ()
            is_named = (one, other) == (0, 1) and all(isinstance(call.args[at], ast.Name) for at in (one, other))
            title = f"{parts[1].text} and {parts[0].text} in the other order"
            unread = "" if role else _UNREAD
            doubt, cost = (_NAMES, _COST_OF_NAMES) if is_named else ("", _COST)
            yield Candidate(title, changes, trial, cost, doubt, unread)


def _merged_whole(viewed: Shaped) -> Iterator[Candidate]:
    """Rows of all that they are taken apart into behind a layer: ``layer(x.view(b * t, -1)).view(b, t, -1)``."""
    call = call_of(viewed.span)
    if call is None or not isinstance(call.func, ast.Attribute) or viewed.told[-1] != -1 or len(call.args) != 3:
        return
    first, second = (ast.unparse(each) for each in call.args[:2])
    for inner in walk(call.func.value):
        if isinstance(inner, ast.Call) and last_name(inner.func) in ("view", "reshape") and len(inner.args) > 1:
            rows = piece(viewed.span, inner.args[0])
            if rows.text in (first, second):
                text = f"{first} * {second}"
                yield Candidate(text, (Change(rows, text),), (), _COST + 0.01)
