"""A number of samples that is written once, beside another one that the rest of the script is written for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import failed, says
from shapecheck.reading.mismatches import is_learned, sizes_of
from shapecheck.reading.samples.counts_written import counts_written
from shapecheck.reading.sources import function_of_line, items_of, user_sources, walk
from shapecheck.reading.ways_back import spans_behind

_SAMPLES = "other_number_of_samples"
# Behind all that reads the operands themselves.
_COST, _EITHER_COST = 0.4, 1.3
# Only the rows that are not there tell of what is picked from.
_BEYOND_COST = 0.25
_EITHER = "the two numbers are written as often, and either may be the one that is wrong"
_EACH = "an axis is put in to meet the other operand along two, and may be meant at another place"
_APART = (
    r"tensor a \((\d+)\) must match the size of tensor b \((\d+)\)",
    r"batch_size \((\d+)\) to match target batch_size \((\d+)\)",
)
_BEYOND = r"index (\d+) is out of bounds for dimension 0 with size (\d+)"


@dataclass(frozen=True, slots=True)
class _Place:
    """A number where samples are counted: what it is, where it stands, and whether an operand comes from there."""

    number: int
    span: Span
    is_behind: bool


def candidates(evidence: Evidence) -> list[Candidate]:
    """``randn(4, 1, 40)`` for ``randn(2, 1, 40)`` beside ``randn(4, 40)`` and ``rand(4)``."""
    operation = failed(evidence)
    if operation is None:
        return []
    beyond, apart = says(evidence, _BEYOND), says(evidence, *_APART)
    places = list(_places(evidence, operation.arguments, [operation.span]))
    if beyond is not None:
        return list(_beyond(places, *map(int, beyond.groups())))
    shapes = [sizes for item in operation.arguments if (sizes := sizes_of(item))]
    is_of_weights = any(is_learned(evidence, item) for item in operation.arguments)
    if apart is None or not shapes or is_of_weights or _is_one_turned(shapes):
        return []
    doubt = _EACH if all(_has_axis_put_in(item) for item in operation.arguments) else ""
    found = [each.doubted(doubt) for each in _apart(places, *map(int, apart.groups()))]
    # Rows of single numbers may as well be steps, of which one has one too many.
    may_be_steps = all(len(sizes) == 1 for sizes in shapes) and max(shapes)[0] - min(shapes)[0] == 1
    return [each for each in found if not (may_be_steps and each.doubt)]


def _has_axis_put_in(item: Argument) -> bool:
    """Whether an operand is given an axis of one where it is used, so as to meet the other along two."""
    nodes = walk(expression(item.span.text)) if item.span is not None else ()
    parts = (part for each in nodes if isinstance(each, ast.Subscript) for part in items_of(each.slice))
    return any(isinstance(part, ast.Constant) and part.value is None for part in parts)


def _is_one_turned(shapes: list[tuple[int, ...]]) -> bool:
    """Whether two operands have the same sizes in different orders: then none of them is another number."""
    return len(shapes) == 2 and shapes[0] != shapes[1] and sorted(shapes[0]) == sorted(shapes[1])


def _places(evidence: Evidence, items: tuple[Argument, ...], more: list[Span | None]) -> Iterator[_Place]:
    """The numbers in the functions that the crash came through and in the file, and whether operands come from them."""
    behind = list(spans_behind(evidence, *(item.span for item in items), *more))
    behind += [each for frame in evidence.user_frames for each in spans_behind(evidence, frame.span)]
    for source in user_sources(evidence):
        homes = [function_of_line(source, each.span.line) for each in evidence.user_frames]
        for number, span in counts_written(source):
            if function_of_line(source, span.line) in homes:
                yield _Place(number, span, any(each.holds(span) for each in behind))


def _apart(places: list[_Place], one: int, other: int) -> Iterator[Candidate]:
    """The number that is written less often made the other, where both are written and operands come from both."""
    if one == other or min(one, other) < 2:
        return
    found = {size: [each for each in places if each.number == size] for size in (one, other)}
    if not all(any(each.is_behind for each in found[size]) for size in found):
        return
    few, many = sorted(found, key=lambda size: (len(found[size]), _roundness(size, places)))
    if len(found[few]) > 1:
        return
    if len(found[many]) > len(found[few]) or _divides_all(many, few, places):
        yield replace(_written(found[few][0], many, _COST), cause=_SAMPLES)
    else:
        yield _written(found[few][0], many, _EITHER_COST).doubted(_EITHER)
        yield _written(found[many][0], few, _EITHER_COST + 0.01).doubted(_EITHER)


def _beyond(places: list[_Place], index: int, size: int) -> Iterator[Candidate]:
    """What is picked from made with as many samples as are written most often, where it has fewer than are picked."""
    own = [each for each in places if each.number == size and each.is_behind]
    counts = [each.number for each in places]
    most = max((each for each in counts if each > index), key=counts.count, default=0)
    if len(own) == 1 and counts.count(size) == 1 and counts.count(most) > 1:
        yield _written(own[0], most, _BEYOND_COST)


def _written(place: _Place, number: int, cost: float) -> Candidate:
    return Candidate(f"{place.span.text} -> {number}", (Change(place.span, str(number)),), (), cost)


def _divides_all(number: int, other: int, places: list[_Place]) -> bool:
    """Whether all that is cut into parts goes into so many and none into the other: nobody cuts 32 into sevens."""
    wholes = [each.number for each in places if each.number > max(number, other)]
    return bool(wholes) and all(not each % number for each in wholes) and all(each % other for each in wholes)


def _roundness(size: int, places: list[_Place]) -> tuple[bool, int]:
    """What tells of two numbers which is likelier meant: parts of a larger one, then those that are rounder."""
    is_part = any(each.number > size and not each.number % size for each in places)
    return is_part, max(size & -size, 10 * (size % 10 == 0))
