"""A tensor that is laid out anew by its own sizes in another order, which mixes its axes: turned instead."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import applied_to, one_by_one, size_asked, told_to
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.running import held_around
from shapecheck.reading.shaped_behind import VIEWS, shaped_behind
from shapecheck.reading.sources import Source, found_at, last_name, parents

_COST, _FARTHER = 0.02, 0.01
# So many of the axes are exchanged by a transpose.
_TWO = 2


def candidates(evidence: Evidence) -> list[Candidate]:
    """``x.transpose(1, 2)`` for ``x.reshape(x.shape[0], x.shape[2], x.shape[1])``."""
    places = [each.span for each, _ in shaped_behind(evidence, *VIEWS)]
    if says(evidence, r"tuple index out of range"):
        places += _around(evidence)
    return [found for far, place in enumerate(dict.fromkeys(places)) for found in _turned(evidence, place, far)]


def _around(evidence: Evidence) -> Iterator[Span]:
    """The views in which the size stands that was asked of an axis that is not there."""
    frame = evidence.user_frame
    source, node = found_at(frame.span) if frame is not None else (None, None)
    for up in parents(node) if source is not None and node is not None else ():
        if isinstance(up, ast.Call) and source is not None:
            yield source.span(up)


def _turned(evidence: Evidence, place: Span, far: int) -> Iterator[Candidate]:
    source, call = found_at(place)
    if source is None or not isinstance(call, ast.Call) or last_name(call.func) not in VIEWS:
        return
    of = applied_to(call)
    asked = [size_asked(each) for each in one_by_one(told_to(call))]
    axes = [axis for base, axis in filter(None, asked) if of is not None and ast.unparse(base) == ast.unparse(of)]
    if of is None or len(axes) != len(asked):
        return
    count = _count(evidence, source, of) or len(axes)
    order = [axis for axis in axes if axis < count]
    moved = [axis for at, axis in enumerate(order) if at != axis]
    if sorted(order) != list(range(len(order))) or not moved:
        return
    # Axes behind them that are not named stay where they are.
    order += range(len(order), count)
    told = ", ".join(map(str, sorted(moved) if len(moved) == _TWO else order))
    text = f"{bracketed(source.span(of).text)}.{'transpose' if len(moved) == _TWO else 'permute'}({told})"
    yield Candidate(text, (Change(place, text),), (), _COST + _FARTHER * far)


def _count(evidence: Evidence, source: Source, of: ast.expr) -> int:
    """How many axes a name's tensor has, 0 where that is not known."""
    return len(sizes_of(held_around(evidence, source, of).get(ast.unparse(of))))
