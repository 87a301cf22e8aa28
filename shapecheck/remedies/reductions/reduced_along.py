"""A mean, a sum or a largest number along other axes than what it meets is without: ``x.mean(dim=2)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import written_axis
from shapecheck.reading.calls import calls_in
from shapecheck.reading.edits import call_of, expression, piece, whole_number
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, failed
from shapecheck.reading.mismatches import ELEMENTWISE, pair, sizes_of, without_axis
from shapecheck.reading.reductions import reductions_behind
from shapecheck.reading.sources import found_at, function_around, last_name, node_at, parents
from shapecheck.reading.ways_back import spans_behind

CAUSE = "reduced_along_other_axis"
_COST = 0.1
_USUAL = 0.01
_EITHER = "two of its axes are of one size, and either may be the one that is to go"
_OTHER = "the other one may be what is reduced along the wrong axis"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The axes without which the reduced tensor has the other operand's shape."""
    operands = pair(failed(evidence, *ELEMENTWISE, *SAME_SHAPE_LOSSES))
    if operands is None:
        return []
    ways = [list(_along(evidence, item, sizes_of(other))) for item, other in (operands, operands[::-1])]
    doubt = _OTHER if all(ways) else ""
    found = [_nearer(each.doubted(doubt)) for way in ways for each in way]
    if found or not _is_averaged(evidence):
        return found
    return [each for one, other in (operands, operands[::-1]) for each in _along_all(evidence, one, other)]


def _nearer(item: Candidate) -> Candidate:
    """The same for less where all the other sums of the function, or means, are along the axis that it names."""
    source, axis = found_at(item.changes[0].span)
    call = next((up for up in parents(axis) if isinstance(up, ast.Call)), None)
    around = [each for each in calls_in(function_around(axis)) if each is not call]
    name = last_name(call.func) if call is not None else ""
    along = [whole_number(written_axis(each)) for each in around if last_name(each.func) == name]
    is_usual = len(along) > 1 and source is not None and {str(each) for each in along} == {item.changes[0].text}
    return replace(item, cost=item.cost - _USUAL) if is_usual else item


def _along(evidence: Evidence, item: Argument, want: tuple[int, ...]) -> Iterator[Candidate]:
    for found in reductions_behind(evidence, item):
        fitting = [at for at in range(len(found.whole)) if without_axis(found.whole, at) == want]
        for at in fitting:
            change = Change(found.place, str(at))
            doubt = _EITHER if len(fitting) > 1 else ""
            trial = (Step("stand_in", item.role, want),)
            yield Candidate(f"axis {found.place.text} -> {at}", (change,), trial, _COST, doubt)
        if fitting:
            return


def _along_all(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    """A sum along all axes that the other, which was summed up to fewer, is without: one number a sample of both."""
    sizes, want = sizes_of(item), sizes_of(other)
    made = [each for each in spans_behind(evidence, item.span) if not each.text.isidentifier()][:1] if item.span else []
    call = call_of(made[0]) if made else None
    axis = written_axis(call, 0) if call is not None else None
    along = whole_number(axis)
    if call is None or axis is None or along is None or last_name(call.func) not in ("sum", "mean"):
        return
    axes = range(len(want), len(sizes) + 1)
    is_first = 0 < len(want) < len(sizes) and sizes[: len(want)] == want and len(call.args) + len(call.keywords) == 1
    alike = [last_name(each.func) for span in _near(evidence, other) for each in calls_in(expression(span.text))]
    if is_first and along % (len(sizes) + 1) in axes and last_name(call.func) in alike:
        text = f"({', '.join(map(str, axes))})"
        place = piece(made[0], axis)
        trial = (Step("stand_in", item.role, want),)
        yield Candidate(f"axis {place.text} -> {text}", (Change(place, text),), trial, _COST - 0.02)


def _is_averaged(evidence: Evidence) -> bool:
    """Whether one number is made of the sum of the two at once, as of the parts of a loss."""
    operation = failed(evidence, "add", "sub")
    node = node_at(operation.span) if operation is not None else None
    function = getattr(node, "parent", None)
    return isinstance(function, ast.Attribute) and function.attr in ("mean", "sum")


def _near(evidence: Evidence, item: Argument) -> list[Span]:
    return list(islice(spans_behind(evidence, item.span), 3)) if item.span is not None else []
