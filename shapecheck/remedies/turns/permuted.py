"""A permute of more axes than there are, or of fewer."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.sizes.sizes_told import asked_sizes, number_of
from shapecheck.remedies.moves import put_behind


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
    if len(sizes) > len(order):
        for axis, size in enumerate(sizes):
            if size == 1:
                step = Step("squeeze", item.role, (axis,))
                yield from put_behind(evidence, item, f".squeeze({axis})", [step], cost=0.1 + 0.05 * (axis == 0))
        numbers = [number_of(each) for each in order]
        if len(sizes) == 4 and len(order) == 3:
            yield from put_behind(evidence, item, ".flatten(2)", [Step("flatten", item.role, (2,))], cost=0.4)
            yield from put_behind(evidence, item, ".flatten(1, 2)", [Step("flatten", item.role, (1, 2))], cost=0.5)
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
    first, last = order[0].span, order[-1].span
    if None in numbers or first is None or last is None or numbers[0] != 0:
        return
    rest = [number - 1 for number in numbers[1:] if number is not None]
    span = Span(first.file, first.line, first.column, last.end_line, last.end_column)
    yield Candidate(f"permute({', '.join(map(str, rest))})", (Change(span, ", ".join(map(str, rest))),), (), 0.5)
