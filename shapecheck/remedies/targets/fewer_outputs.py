"""Other outputs than the target has columns, or maps: as many for the layer that gives them as there are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import applied_to, written_axis
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.compared.other_targets import doubt_of_target
from shapecheck.reading.edits import expression, takes_all, whole_number
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, Shape, failed, kind, operand
from shapecheck.reading.layers.layers_told import Told, layers_told
from shapecheck.reading.mismatches import sizes_of, without_axis
from shapecheck.reading.sizes.names_of_size import names_of_size
from shapecheck.reading.sources import (
    function_at,
    home_of_crash,
    last_name,
    user_sources,
    walk,
)
from shapecheck.reading.ways_back import spans_behind
from shapecheck.reading.where_made import literals
from shapecheck.remedies.targets.counts import added, counted

CAUSE = "other_number_of_outputs"
_COST = 0.1
_CLASSES = "the target may be meant to have one column for each class"
_COLUMNS = "the target may be meant to have all of the columns"
_YES_OR_NO = re.compile(r"sigmoid|binary_cross_entropy|BCE")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``Net(len(columns) - 1)`` beside a target that leaves out one column, and the number of maps of the target."""
    operation = failed(evidence, *SAME_SHAPE_LOSSES, "same_shape")
    given, target = (operand(operation, role) for role in ("input", "target"))
    if operation is None or given is None or target is None:
        return []
    have, want = sizes_of(given), sizes_of(target)
    axis = _other_axis(have, want)
    if axis is None:
        return list(_squeezed(evidence, given, have)) if want == have[:-1] and have[-1:] > (1,) else []
    layer = _last(evidence, have[axis])
    if layer is None or layer.given is None:
        return []
    doubt = doubt_of_target(evidence, have)
    renamed = [replace(each, doubt=doubt) for each in _renamed(evidence, layer.given, have[axis], want[axis])]
    if renamed or have[axis] < want[axis]:
        return renamed
    found = list(_counted(evidence, layer.given, target, have[axis] - want[axis]))
    if found or kind(operation) != "same_shape":
        return found
    return list(_written(evidence, layer, have[axis], want[axis]))


def _other_axis(have: Shape, want: Shape) -> int | None:
    """The axis of the channels or of the features, if it is the only one along which two shapes differ."""
    if len(have) != len(want) or len(have) < 2:
        return None
    last = len(have) - 1
    axes = (1, last) if last > 1 else (last,)
    alike = (axis for axis in axes if without_axis(have, axis) == without_axis(want, axis) and have[axis] != want[axis])
    return next(alike, None)


def _squeezed(evidence: Evidence, item: Argument, have: Shape) -> Iterator[Candidate]:
    """One output for each row, where its axis is dropped on the way to the loss, which nothing but one can be.

    ``net(x).squeeze(-1)`` behind a last layer of two outputs drops nothing.
    """
    layer = _last(evidence, have[-1])
    behind = spans_behind(evidence, item.span) if item.span is not None else ()
    if layer is not None and layer.gives == have[-1] and any(_drops_last(each, len(have)) for each in behind):
        yield from (replace(each, doubt="") for each in _written(evidence, layer, have[-1], 1))


def _drops_last(span: Span, ndim: int) -> bool:
    """Whether an expression is one without its last axis, if that is of one."""
    call = expression(span.text)
    if not isinstance(call, ast.Call) or last_name(call.func) != "squeeze" or applied_to(call) is None:
        return False
    axis = written_axis(call)
    return axis is not None and whole_number(axis) in (-1, ndim - 1)


def _renamed(evidence: Evidence, given: Span, have: int, want: int) -> Iterator[Candidate]:
    """The one other parameter of the constructor that is as many, where another layer was told that number as well.

    ``nn.Linear(hidden, columns)`` for ``nn.Linear(hidden, embed)``: the number of the other layers is none of its own.
    """
    layers = (each for source in user_sources(evidence) for each in layers_told(evidence, source))
    told = (each for layer in layers for each in (layer.taken, layer.given))
    home = function_at(given)
    others = [each for each in told if each is not None and each != given and each.text == given.text]
    is_of_others = home is not None and any(function_at(each) is home for each in others)
    if is_of_others and given.text.isidentifier() and worked_out(evidence, given) == have:
        for name in names_of_size(evidence, given, want):
            yield Candidate(f"{given.text} -> {name}", (Change(given, name),), (), _COST)


def _last(evidence: Evidence, size: int) -> Told | None:
    """The last layer of the script that is told to give so many."""
    layers = [each for source in user_sources(evidence) for each in layers_told(evidence, source)]
    known = [each for each in layers if each.given is not None and each.gives == size]
    # A number that was counted is not worked out.
    open_ones = [each for each in layers if each.given is not None and each.gives is None]
    return next(iter(reversed(known or open_ones)), None)


def _counted(evidence: Evidence, given: Span, target: Argument, more: int) -> Iterator[Candidate]:
    """A count of all columns, of which the target leaves out the first or the last ones."""
    for span in counted(evidence, given):
        node = expression(span.text)
        names = {ast.unparse(each) for each in walk(node) if isinstance(each, ast.Name)}
        if target.span is None or not isinstance(node, ast.Call):
            continue
        behind = list(spans_behind(evidence, target.span))
        is_cut = any(_leaves_out(each) == more for each in behind)
        is_of_them = any(names & {ast.unparse(part) for part in walk(expression(each.text))} for each in behind)
        if is_cut:
            text = added(span.text, -more)
            yield Candidate(text, (Change(span, text),), (), _COST, "" if is_of_them else _COLUMNS)


def _leaves_out(span: Span) -> int:
    """How many of the first or of the last columns an index leaves out: 1 for ``rows[:, 1:]``."""
    for each in walk(expression(span.text)):
        inside = each.slice if isinstance(each, ast.Subscript) else None
        parts = inside.elts if isinstance(inside, ast.Tuple) else []
        if len(parts) == 2 and takes_all(parts[0]) and isinstance(parts[1], ast.Slice) and parts[1].step is None:
            lower, upper = (whole_number(end) if end is not None else 0 for end in (parts[1].lower, parts[1].upper))
            if lower is not None and upper is not None and lower >= 0 >= upper:
                return lower - upper
    return 0


def _written(evidence: Evidence, layer: Told, have: int, want: int) -> Iterator[Candidate]:
    """The number that is written for the maps, where nothing else was told it."""
    assert layer.given is not None
    others = {
        number
        for source in user_sources(evidence)
        for each in layers_told(evidence, source)
        for given in (each.taken, each.given)
        if given is not None and given != layer.given
        for number in literals(evidence, given)
    }
    for number in literals(evidence, layer.given):
        if int(number.text) == have and number not in others:
            doubt = "" if want == 1 and _tells_yes_from_no(evidence) else _CLASSES
            yield Candidate(f"{number.text} -> {want}", (Change(number, str(want)),), (), _COST, doubt)
            return


def _tells_yes_from_no(evidence: Evidence) -> bool:
    """Whether the function that asked for one shape makes a probability of each number by itself."""
    _, function = home_of_crash(evidence)
    return function is not None and bool(_YES_OR_NO.search(ast.unparse(function)))
