"""A mean that is stored into more places along the axis over which it was taken: with that axis kept."""

from __future__ import annotations

from dataclasses import replace

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import written_axis
from shapecheck.reading.edits import call_of, whole_number
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of, spreads
from shapecheck.reading.sizes.said_sizes import stored
from shapecheck.remedies.reductions.axis_kept import axis_kept

CAUSE = "axis_dropped_by_reduction"
_COST = 0.05
_SQUARE = "the place is as long as it is wide, and another axis may be meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``x[:, a:b] = x.mean(1, keepdim=True)``."""
    operation, said = failed(evidence, "__setitem__"), stored(evidence)
    item = operand(operation, "value")
    if item is None or item.span is None or said is None:
        return []
    place, given = said[0], sizes_of(item)
    axis = _axis(item.span)
    if axis is None or len(place) != len(given) + 1 or not -len(place) <= axis < len(place):
        return []
    axis %= len(place)
    if not spreads((*given[:axis], 1, *given[axis:]), place):
        return []
    doubt = _SQUARE if len(set(place)) < len(place) else ""
    return [replace(each, doubt=doubt) for each in axis_kept(evidence, item, cost=_COST)]


def _axis(made: Span) -> int | None:
    """The axis that is written in a call of a method, or of torch's function."""
    call = call_of(made)
    told = written_axis(call) if call is not None else None
    return whole_number(told)
