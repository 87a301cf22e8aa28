"""A row of reduced numbers that is stored where its axis is wanted, itself or after it met a column: axis kept."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import written_axis
from shapecheck.reading.edits import call_of, expression, piece, whole_number
from shapecheck.reading.failing import Shape, failed, operand
from shapecheck.reading.mismatches import sizes_of, spreads
from shapecheck.reading.sizes.said_sizes import stored
from shapecheck.reading.sources import walk
from shapecheck.remedies.reductions.axis_kept import axis_kept

_COST = 0.05
_COST_OF_COLUMNS = 0.1
_SQUARE = "the place is as long as it is wide, and another axis may be meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``x[:, a:b] = x.mean(1, keepdim=True)``, and ``column[a:b] = y[a:b] - x.max(1, keepdim=True)[0]``."""
    item, said = operand(failed(evidence, "__setitem__"), "value"), stored(evidence)
    if item is None or item.span is None or said is None:
        return []
    place, given = said
    if len(place) == 2 and place[1] == 1 < place[0] and given == (place[0], place[0]):
        return list(_met_as_columns(evidence, item, item.span, place))
    return list(_itself(evidence, item, item.span, place))


def _itself(evidence: Evidence, item: Argument, span: Span, place: Shape) -> Iterator[Candidate]:
    axis, given = _axis(span), sizes_of(item)
    if axis is None or len(place) != len(given) + 1 or not -len(place) <= axis < len(place):
        return
    axis %= len(place)
    if spreads((*given[:axis], 1, *given[axis:]), place):
        doubt = _SQUARE if len(set(place)) < len(place) else ""
        yield from (replace(each, doubt=doubt) for each in axis_kept(evidence, item, cost=_COST))


def _axis(made: Span) -> int | None:
    """The axis that is written in a call of a method, or of torch's function."""
    call = call_of(made)
    told = written_axis(call) if call is not None else None
    return whole_number(told)


def _met_as_columns(evidence: Evidence, item: Argument, span: Span, place: Shape) -> Iterator[Candidate]:
    """The reductions that left a row for a column to meet, which made a square of both."""
    held = evidence.held
    names = [each for each in walk(expression(span.text)) if isinstance(each, ast.Name)]
    rows = [each for each in names if sizes_of(held.get(each.id)) == place[:1]]
    for part in (item, *(Argument(item.role, held[each.id], piece(span, each)) for each in rows)):
        yield from (replace(each, trial=()) for each in axis_kept(evidence, part, cost=_COST_OF_COLUMNS))
