"""A layer that reads two tensors row by row: the width that it was told for each, and an axis that one lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence, Operation
from shapecheck.reading.failing import failed, number, tensors
from shapecheck.reading.mismatches import sizes_of, without_axis
from shapecheck.remedies.constructors.arguments import constructor_argument
from shapecheck.remedies.moves import put_behind

_WIDTHS = ("in1_features", "in2_features")
_EITHER = "the one may have an axis too many, or the other one too few"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for a Bilinear that refused one of its two tensors."""
    operation = failed(evidence, "Bilinear")
    items = tensors(operation) if operation is not None else []
    if operation is None or len(items) != 2 or not all(map(sizes_of, items)):
        return []
    return [*_widths(evidence, operation), *_axes(evidence, operation)]


def _widths(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    for item, name in zip(tensors(operation), _WIDTHS, strict=True):
        size = sizes_of(item)[-1]
        if size != number(operation, name):
            yield from constructor_argument(evidence, operation, name, size, cost=0.1)


def _axes(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """An axis of one that one of them has beside the other: steps of which there is one."""
    one, other = tensors(operation)
    for item, beside in ((one, other), (other, one)):
        sizes = sizes_of(item)
        for axis in range(len(sizes) - 1):
            if sizes[axis] != 1 or without_axis(sizes, axis)[:-1] != sizes_of(beside)[:-1]:
                continue
            for changed, how, cost in ((item, "squeeze", 0.5), (beside, "unsqueeze", 0.55)):
                steps = [Step(how, changed.role, (axis,))]
                for each in put_behind(evidence, changed, f".{how}({axis})", steps, cost=cost):
                    yield replace(each, unless_read=each.unless_read or _EITHER)
