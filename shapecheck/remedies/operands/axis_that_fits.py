"""Along another axis exactly the shape comes out that is asked for: ``torch.chunk(state, 2, dim=1)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.applied import applied_to, is_of_torch, told_to, written_axis
from shapecheck.reading.edits import expression, replaced, whole_number, with_keyword
from shapecheck.reading.failing import STATES, Shape, failed, kind
from shapecheck.reading.mismatches import both_ways, sizes_of, without_axis
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import Source, found_at, last_name, names_in, walk
from shapecheck.reading.vocabulary import SUMMARIES
from shapecheck.reading.ways_back import spans_behind

_COST, _ANY = 0.05, 1.0
_NEAR = 12
_REDUCED = "reduced_along_other_axis"
_SEVERAL = "several calls on the way would give this shape along another axis"
# What multiplies or divides the size along an axis, or drops one: the place of the axis among what it is told, and the
# axis where none is told.
_SCALES = {"cat": (0, 0), "concat": (0, 0), "chunk": (1, 0), "split": (1, 0), "repeat_interleave": (1, None)}
_PARTS = ("chunk", "split")
_DROPS = dict.fromkeys(("sum", "mean", "argmax", "argmin", "amax", "amin", "logsumexp", "any", "all"), (0, None))
_PUTS_IN = {"stack": (0, 0)}


@dataclass(frozen=True)
class _Cut:
    """One call along an axis."""

    source: Source
    call: ast.Call
    written: ast.expr | None
    axis: int


def candidates(evidence: Evidence) -> list[Candidate]:
    """The one call on the way to an operand with which, along another axis, the operand has the shape asked for."""
    operation = failed(evidence)
    found: dict[Change, tuple[Candidate, bool]] = {}
    for item, wanted in _asked(evidence, operation) if operation is not None else ():
        # Both states of a pair are made alike.
        alike = [each for each in operation.arguments if each.span == item.span] if operation is not None else []
        steps = tuple(Step("stand_in", each.role, wanted) for each in alike if sizes_of(each) == sizes_of(item))
        for cut in _cuts(evidence, item):
            for axis in range(len(sizes_of(item)) + 1):
                is_it = axis != cut.axis and _gives(last_name(cut.call.func), sizes_of(item), wanted, cut.axis, axis)
                is_it = is_it and _has_it(evidence, cut, wanted, axis)
                change = _along(cut, axis, _count(cut, wanted)) if is_it else None
                if change is not None:
                    base = ast.unparse(applied_to(cut.call) or cut.call)
                    is_named_so = base in names_in(expression(item.expression))
                    cause = _REDUCED if last_name(cut.call.func) in SUMMARIES else ""
                    candidate = Candidate(change.text, (change,), steps, _COST, cause=cause)
                    found.setdefault(change, (candidate, is_named_so))
    # Of several that which is made of what goes by the same name.
    chosen = [each for each, is_named_so in found.values() if is_named_so] or [each for each, _ in found.values()]
    if len(chosen) > 1:
        return [replace(each, cost=_ANY, doubt=_SEVERAL) for each in chosen]
    return chosen


def _asked(evidence: Evidence, operation: Operation) -> Iterator[tuple[Argument, Shape]]:
    """The operands of another shape than is asked for, each with that."""
    violation = evidence.violation
    if violation is not None and violation.kind == "size":
        expected = tuple(size for _, size in violation.expected)
        item = operation.argument(violation.role)
        is_state = violation.role in STATES
        if item is not None and is_state and all(isinstance(size, int) for size in expected):
            yield item, tuple(size for size in expected if size is not None)
    elif kind(operation) == "__getitem__":
        for item, other in both_ways(operation):
            if len(sizes_of(item)) == len(sizes_of(other)) > 1:
                yield item, sizes_of(other)


def _cuts(evidence: Evidence, item: Argument) -> Iterator[_Cut]:
    """The calls along an axis in what an operand came from, and in the functions that this called."""
    if item.span is None:
        return
    for at, span in enumerate(spans_behind(evidence, item.span)):
        source, node = found_at(span)
        if at == _NEAR:
            return
        if source is None or node is None:
            continue
        called = {last_name(each.func) for each in walk(node) if isinstance(each, ast.Call)}
        within = (each for each in source.functions if each.name in called)
        for each in (node, *within):
            yield from _in(source, each)


def _in(source: Source, home: ast.AST) -> Iterator[_Cut]:
    for call in walk(home):
        name = last_name(call.func) if isinstance(call, ast.Call) else ""
        at, default = {**_SCALES, **_DROPS, **_PUTS_IN}.get(name, (-1, None))
        if not isinstance(call, ast.Call) or at < 0 or not isinstance(call.func, ast.Attribute):
            continue
        written = written_axis(call, at)
        axis = whole_number(written) if written is not None else default
        if axis is not None:
            yield _Cut(source, call, written, axis)


def _gives(name: str, have: Shape, want: Shape, at: int, along: int) -> bool:
    """Whether what has one shape, made along one axis, has another along another one; axes counted from the front."""
    if len(have) != len(want):
        return False
    if name in _DROPS:
        # Each of the two lacks the axis that it was made along.
        wholes = [_with(have, at % (len(have) + 1), size) for size in want]
        return have != want and any(without_axis(whole, along) == want for whole in wholes)
    at %= len(have)
    if at == along or along >= len(have):
        return False
    if name in _PUTS_IN:
        return without_axis(have, at) == without_axis(want, along)
    rest = [pair for axis, pair in enumerate(zip(have, want, strict=True)) if axis not in (at, along)]
    more, less = (want, have) if name in _PARTS else (have, want)
    times = more[at] // less[at] if less[at] else 0
    is_so_often = times > 1 and more[at] == times * less[at] and less[along] == times * more[along]
    return is_so_often and all(one == other for one, other in rest)


def _has_it(evidence: Evidence, cut: _Cut, wanted: Shape, axis: int) -> bool:
    """Whether what an axis was dropped of gives this shape without another one, as far as a name tells what it was."""
    base = applied_to(cut.call)
    if last_name(cut.call.func) not in _DROPS:
        return True
    if not isinstance(base, ast.Name):
        return False
    whole = sizes_of(held_around(evidence, cut.source, cut.call).get(base.id))
    return len(whole) != len(wanted) + 1 or without_axis(whole, axis) == wanted


def _with(sizes: Shape, axis: int, size: int) -> Shape:
    return (*sizes[:axis], size, *sizes[axis:])


def _count(cut: _Cut, wanted: Shape) -> int:
    """How many axes there are where the call is told one of them."""
    return len(wanted) + (last_name(cut.call.func) in _DROPS)


def _along(cut: _Cut, axis: int, count: int) -> Change | None:
    """The axis written in the call; the last one of so many as ``-1``, but where others are counted from the front."""
    last = "-1" if axis == count - 1 else str(axis)
    if cut.written is not None:
        return replaced(cut.source.span(cut.written), last if cut.axis < 0 else str(axis))
    span: Span = cut.source.span(cut.call)
    return with_keyword(span, "dim", last) if is_of_torch(cut.call) or told_to(cut.call) else None
