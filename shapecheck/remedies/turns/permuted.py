"""A permute of more axes than there are, or of fewer."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.applied import applied_to, told_to
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.sizes_told import asked_sizes, number_of
from shapecheck.reading.sources import home_around, last_name, node_at, statement_of, walk
from shapecheck.remedies.moves import put_behind

_WHICH = "which axes are to lie where is told by nothing"


def candidates(evidence: Evidence) -> list[Candidate]:
    """An axis put in, dropped or named, so that there are as many as are told."""
    operation = failed(evidence, "permute")
    item = operand(operation, "self", "input", "x") if operation is not None else None
    if operation is None or item is None or item.value.record is None or operation.span is None:
        return []
    return list(_permute(evidence, operation, item))


def _permute(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    record = item.value.record
    assert record is not None
    sizes, order = record.shape, asked_sizes(operation)
    yield from _as_viewed(operation, item, order)
    if len(sizes) > len(order):
        for axis, size in enumerate(sizes):
            if size == 1:
                step = Step("squeeze", item.role, (axis,))
                yield from put_behind(evidence, item, f".squeeze({axis})", [step], cost=0.1 + 0.05 * (axis == 0))
        numbers = [number_of(each) for each in order]
        if len(sizes) == len(order) + 1 and sorted(each for each in numbers if each is not None) == [
            *range(len(order))
        ]:
            longer = [0, *(each + 1 for each in numbers if each is not None)]
            # What brings the first axis elsewhere is written for one sample, as is an order for the axes of a film.
            is_of_one = numbers[0] != 0 or len(sizes) == 5
            yield from (each.doubted("" if is_of_one else _WHICH) for each in _told(order, longer, cost=0.2))
        if len(sizes) == 4 and len(order) == 3:
            ways = ((".flatten(2)", (2,)), (".flatten(1, 2)", (1, 2)))
            for far, (text, axes) in enumerate(ways):
                for each in put_behind(evidence, item, text, [Step("flatten", item.role, axes)], cost=0.4 + 0.1 * far):
                    yield replace(each, unless_read=_WHICH)
        if None not in numbers and order and order[-1].span is not None:
            more = ", ".join(str(axis) for axis in range(len(order), len(sizes)))
            change = Change(order[-1].span, f"{order[-1].span.text}, {more}")
            yield Candidate(f"permute(..., {more})", (change,), (), 0.8)
    if len(sizes) == len(order) - 1:
        numbers = [number_of(each) for each in order]
        moved = [abs(axis - at) for at, axis in enumerate(numbers) if axis is not None]
        # What is brought forward from the end, as channels are, is what a tensor without it lacks.
        is_last = len(sizes) in numbers and len(sizes) - numbers.index(len(sizes)) == max(moved) > 1
        for far, axis in enumerate((len(sizes), 0, 1) if is_last else (0, 1, len(sizes))):
            step = Step("unsqueeze", item.role, (axis,))
            yield from put_behind(evidence, item, f".unsqueeze({axis})", [step], cost=0.2 + 0.1 * far)
        yield from _shorter(order)


def _shorter(order: list[Argument]) -> Iterator[Candidate]:
    """The permutation for one axis fewer: without the batch, which stood first."""
    numbers = [number_of(each) for each in order]
    if None not in numbers and numbers[0] == 0:
        yield from _told(order, [number - 1 for number in numbers[1:] if number is not None], cost=0.15)


def _told(order: list[Argument], axes: list[int], cost: float) -> Iterator[Candidate]:
    """The permutation with other axes in the place of those that are written."""
    first, last = order[0].span, order[-1].span
    if first is not None and last is not None:
        span = Span(first.file, first.line, first.column, last.end_line, last.end_column)
        text = ", ".join(map(str, axes))
        yield Candidate(f"permute({text})", (Change(span, text),), (), cost)


def _as_viewed(operation: Operation, item: Argument, order: list[Argument]) -> Iterator[Candidate]:
    """The order in which a view behind has the sizes by their names: ``n, c, h, w = x.shape``, ``(n, w, c * h)``."""
    node = node_at(operation.span)
    home, line = home_around(node), statement_of(node)
    given = line.targets[0] if isinstance(line, ast.Assign) else None
    if line is None:
        return
    named: dict[str, int] = {}
    for each in walk(home):
        names = each.targets[0].elts if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Tuple) else ()
        is_before = isinstance(each, ast.Assign) and each.lineno <= line.lineno
        taken = ast.unparse(each.value) if is_before and isinstance(each, ast.Assign) else ""
        if len(names) == len(sizes_of(item)) and taken in (f"{item.expression}.shape", f"{item.expression}.size()"):
            named = {ast.unparse(name): at for at, name in enumerate(names)}
    for view in walk(home):
        base = applied_to(view) if isinstance(view, ast.Call) and last_name(view.func) in ("view", "reshape") else None
        if not isinstance(view, ast.Call) or base is None or view.lineno < line.lineno:
            continue
        is_given = given is not None and ast.unparse(base) == ast.unparse(given) and view.lineno > line.lineno
        if base is node or is_given:
            told = [name.id for size in told_to(view) for name in walk(size) if isinstance(name, ast.Name)]
            if sorted(told) == sorted(named):
                yield from _told(order, [named[name] for name in told], cost=0.04)
            return
