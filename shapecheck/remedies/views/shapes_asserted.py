"""What a script itself holds to one shape, made so before it comes there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import Shape, failed, kind, operand
from shapecheck.reading.mismatches import axes_to_squeeze, sizes_of, without_axis
from shapecheck.reading.origins import trace
from shapecheck.remedies.moves import put_behind

CAUSE = "shapes_asserted"
# Changes of either of the two are as likely: `fix` compares what comes out of both.
_COST, _EITHER, _FARTHER = 0.1, 0.02, 0.2


def candidates(evidence: Evidence) -> list[Candidate]:
    """``unsqueeze`` for the one that lacks an axis or ``squeeze`` for the other, or ``transpose`` for one of them."""
    operation = failed(evidence, "same_shape", "same_beginning")
    pair = [operand(operation, role) for role in ("input", "target")] if operation is not None else []
    items = [each for each in pair if each is not None and each.span is not None]
    if len(items) != 2:
        return []
    shapes = [sizes_of(each) for each in items]
    if operation is not None and kind(operation) == "same_beginning":
        ways = list(_of_first_axes(items[0], shapes))
    else:
        ways = [*_of_one_axis(items, shapes), *_turned(items, shapes)]
    found: list[Candidate] = []
    for at, (item, suffix) in enumerate(ways):
        places = put_behind(evidence, _handed(evidence, item), suffix)
        costs = (_COST + _EITHER * at + _FARTHER * far for far in range(len(places)))
        found += [replace(each, cost=cost) for each, cost in zip(places, costs, strict=True)]
    return found


def _handed(evidence: Evidence, item: Argument) -> Argument:
    """The operand where it is handed over, or where it was made: the line that only asks is no place for a change."""
    places = evidence.chains.get(item.span, ()) if item.span is not None else ()
    traced = trace(evidence, item.span)
    return replace(item, span=next((each.span for each in (*places, *traced)), None))


def _of_one_axis(items: list[Argument], shapes: list[Shape]) -> Iterator[tuple[Argument, str]]:
    """The axis of a single item that only one of them has, if it is known which one that is."""
    (short, low), (long, high) = sorted(zip(items, shapes, strict=True), key=lambda each: len(each[1]))
    axes = axes_to_squeeze(high, low)
    if len(axes) == 1:
        yield short, f".unsqueeze({axes[0]})"
        yield long, f".squeeze({axes[0]})"


def _of_first_axes(item: Argument, shapes: list[Shape]) -> Iterator[tuple[Argument, str]]:
    """The axis of a single item without which a shape is the beginning of the other one, if it is known which it is."""
    have, whole = shapes
    without = {axis: without_axis(have, axis) for axis, size in enumerate(have) if size == 1}
    axes = [axis for axis, left in without.items() if left == whole[: len(left)]]
    if len(axes) == 1 and have != whole[: len(have)]:
        yield item, f".squeeze({axes[0]})"


def _turned(items: list[Argument], shapes: list[Shape]) -> Iterator[tuple[Argument, str]]:
    """Two axes that lie the other way round, if only one exchange makes the shapes the same."""
    first, second = shapes
    other = [axis for axis, (one, two) in enumerate(zip(first, second, strict=False)) if one != two]
    is_turned = [first[axis] for axis in other] == [second[axis] for axis in reversed(other)]
    if len(first) == len(second) and len(other) == 2 and is_turned:
        for item in items:
            yield item, f".transpose({other[0]}, {other[1]})"
