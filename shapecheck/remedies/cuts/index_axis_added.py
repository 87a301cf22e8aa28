"""An axis that is put into the index of a gather or scatter which has all of its axes already."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.failing import PICKS, failed, index_of, operand
from shapecheck.reading.mismatches import sizes_of, without_axis
from shapecheck.reading.turned_before import axis_made
from shapecheck.reading.where_made import made_or_written
from shapecheck.remedies.cuts.scattered import axis_of

CAUSE = "index_of_gather"
_COST = 0.03
_PLACES = "one position for each of several places may be meant, and what is picked from lack their axis"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``target`` for ``target.unsqueeze(1)``."""
    operation = failed(evidence, *PICKS, "scatter_reduce", "scatter_reduce_")
    item = operand(operation, "self", "input") if operation is not None else None
    index = index_of(operation) if operation is not None else None
    return list(_as_it_was(evidence, operation, item, index)) if operation and item and index else []


def _as_it_was(evidence: Evidence, operation: Operation, item: Argument, index: Argument) -> Iterator[Candidate]:
    sizes, have = sizes_of(item), sizes_of(index)
    if len(have) != len(sizes) + 1:
        return
    for origin in made_or_written(evidence, index)[:2]:
        found = axis_made(origin.span.text)
        base, name, axis = found if found is not None else ("", "", 0)
        axis = axis % len(have)
        if name != "unsqueeze" or have[axis] != 1:
            continue
        left = without_axis(have, axis)
        # An index has at most as many positions along each axis; along its own it may have more.
        if sum(one > other for one, other in zip(left, sizes, strict=True)) <= 1:
            # One position for each place has an axis put behind the places, where what is picked from has its classes.
            along = axis_of(operation)
            doubt = _PLACES if along in (-1, axis) and axis == len(left) and left[-1] > 1 else ""
            step = Step("squeeze", index.role, (axis,))
            yield Candidate(base, (Change(origin.span, base),), (step,), _COST, doubt)
            return
