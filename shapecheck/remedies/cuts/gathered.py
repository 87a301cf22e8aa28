"""An index for gather that has one number a sample, or a place, where it needs the axes of the tensor."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.edits import place_behind, suffixed
from shapecheck.reading.failing import failed, index_of, operand, says
from shapecheck.reading.samples.columns_kept import keeps_column

CAUSE = "index_of_gather"
_OF_STEPS = "there are as many steps as features, and the index may be for each of either"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The index with the axes that it lacks."""
    operation = failed(evidence, "gather")
    return list(_gathered(evidence, operation)) if operation is not None else []


def _gathered(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """An index for gather that has one number a sample, where it needs the axes of the tensor."""
    item, index, dim = operand(operation, "self", "input"), index_of(operation), operand(operation, "dim", "args[0]")
    if index is not None and item is None and says(evidence, r"same number of dimensions"):
        yield from _one_for_each_row(evidence, operation, index, dim)
    if item is None or index is None or item.value.record is None or index.value.record is None:
        return
    sizes, rows = item.value.record.shape, index.value.record.shape
    axis = int(dim.value.text) if dim is not None and dim.value.text.lstrip("-").isdecimal() else 1
    if index.span is None or operation.span is None:
        return
    features = f"{item.span.text}.size(-1)" if item.span is not None and item.span.text.isidentifier() else sizes[-1]
    if len(rows) == 1 and len(sizes) in (2, 3):
        text = f".view({', '.join(['-1', *(['1'] * (len(sizes) - 1))])})"
        text += f".expand(-1, 1, {features})" if len(sizes) == 3 and axis == 1 else ""
    elif len(rows) == 2 and len(sizes) == 3 and axis in (1, -2) and rows == (sizes[0], sizes[2]) and rows[1] > 1:
        # One step for each feature: it is the axis of the steps that is missing.
        change = suffixed(index.span, ".unsqueeze(1)")
        doubt = _OF_STEPS if sizes[1] == sizes[2] else ""
        yield Candidate(change.text, (change,), (Step("unsqueeze", index.role, (1,)),), 0.05, doubt)
        return
    elif len(sizes) > 2 and rows == sizes[:-1] and axis in (-1, len(rows)):
        # One number for each place: the index lacks the axis that is chosen from.
        yield from _one_for_each_row(evidence, operation, index, dim)
        return
    elif len(rows) == 2 and len(sizes) == 3 and axis in (1, -2) and rows[0] == sizes[0]:
        text = f".unsqueeze(-1).expand(-1, -1, {features})"
    else:
        return
    change, end = suffixed(index.span, text), operation.span
    if rows[1:] in ((), (1,)) and not keeps_column(evidence, end):
        changes = (change, Change(place_behind(end), f".squeeze({axis})"))
        yield Candidate(f"{change.text} ... .squeeze({axis})", changes, (), 0.1)
    yield Candidate(change.text, (change,), (), 0.3)


def _one_for_each_row(
    evidence: Evidence, operation: Operation, index: Argument, dim: Argument | None
) -> Iterator[Candidate]:
    """One index for each place along all other axes: as a column, which is dropped if nothing drops it yet."""
    count = len(index.value.record.shape) if index.value.record is not None else 0
    axis = dim.value.text if dim is not None else "1"
    if not count or axis not in (str(count), "-1") or index.span is None or operation.span is None:
        return
    column, end = suffixed(index.span, f".unsqueeze({count})"), operation.span
    if keeps_column(evidence, end):
        yield Candidate(column.text, (column,), (), 0.1)
        return
    dropped = f".squeeze({count})"
    yield Candidate(f"{column.text} ... {dropped}", (column, Change(place_behind(end), dropped)), (), 0.1)
    yield Candidate(column.text, (column,), (), 0.3)
