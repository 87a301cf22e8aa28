"""A permute that names one axis twice and another one not at all: the missing one takes one of the two places."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation
from shapecheck.reading.applied import one_by_one, told_to
from shapecheck.reading.edits import call_of, piece, whole_number
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.mismatches import sizes_of

CAUSE = "other_axes_turned"
_COST, _TURNED = 0.05, 0.005
_EITHER = "either of the two places may be that of the axis that is missing"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``permute(2, 0, 1)`` or ``permute(1, 0, 2)`` for ``permute(1, 0, 1)``; one that turns nothing is not meant."""
    operation = failed(evidence, "permute")
    item = operand(operation, "self", "input")
    if operation is None or item is None:
        return []
    # How many axes what only a call gives has is known by this, that their number was not refused.
    is_counted = bool(says(evidence, r"duplicate dims"))
    return list(_ways(operation, len(sizes_of(item)), is_counted))


def _ways(operation: Operation, count: int, is_counted: bool) -> Iterator[Candidate]:
    call = call_of(operation.span) if operation.span is not None else None
    if call is None or operation.span is None:
        return
    given = one_by_one(told_to(call))
    count = len(given) if not count and is_counted else count
    axes = [whole_number(each) for each in given]
    order = [axis % count if axis is not None and -count <= axis < count else None for axis in axes]
    missing = set(range(count)) - set(order)
    if len(order) != count or None in order or len(missing) != 1:
        return
    axis = missing.pop()
    ways = []
    for at, each in enumerate(order):
        if order.count(each) == 2:
            new = tuple(axis if place == at else other for place, other in enumerate(order) if other is not None)
            # What leaves more axes in the order in which they lie is the likelier one.
            if new != tuple(range(count)):
                text = str(axis - count if (axes[at] or 0) < 0 else axis)
                ways.append((_COST + _TURNED * _turned(new), Change(piece(operation.span, given[at]), text)))
    for cost, change in ways:
        title = f"axis {change.span.text} -> {change.text}"
        yield Candidate(title, (change,), (), cost, unless_read=_EITHER if len(ways) > 1 else "")


def _turned(order: tuple[int, ...]) -> int:
    """How many pairs of axes lie the other way round."""
    return sum(one > other for one, other in combinations(order, 2))
