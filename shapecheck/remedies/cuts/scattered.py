"""The index of scatter and of index_add: one number a row spread along the features, and one row of a pair."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.edits import suffixed, whole_number
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import axes_to_squeeze, sizes_of
from shapecheck.reading.sources import home_around, is_named, node_at, statement_of, unused_names, walk
from shapecheck.remedies.moves import put_behind

_COST = 0.02
SCATTERS = ("scatter", "scatter_", "scatter_add", "scatter_add_", "scatter_reduce", "scatter_reduce_")
_ADDS = ("index_add", "index_add_", "index_copy", "index_copy_")
_WHICH = "which row of the index is meant is not known"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``index.unsqueeze(1).expand_as(rows)`` for whole rows, ``index.unsqueeze(1)`` for one number of each."""
    operation = failed(evidence, *SCATTERS)
    if operation is not None:
        return list(_one_for_each_row(operation))
    operation = failed(evidence, *_ADDS)
    if operation is None:
        return []
    return [*_row_of_pair(operation), *_without_axis_of_one(evidence, operation)]


def _without_axis_of_one(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """The rows without the one axis of size 1 that what they are added to does not have."""
    item, source = operand(operation, "self", "input"), operand(operation, "source", "tensor")
    index, axis = operand(operation, "index"), axis_of(operation)
    sizes, given, count = sizes_of(item), sizes_of(source), sizes_of(index)
    if source is None or axis is None or len(count) != 1 or not -len(sizes) <= axis < len(sizes):
        return
    wanted = (*sizes[: axis % len(sizes)], *count, *sizes[axis % len(sizes) + 1 :])
    fitting = axes_to_squeeze(given, wanted)
    if len(fitting) == 1:
        steps = [Step("squeeze", source.role, (fitting[0],))]
        yield from put_behind(evidence, source, f".squeeze({fitting[0]})", steps, cost=_COST)


def _one_for_each_row(operation: Operation) -> Iterator[Candidate]:
    item, index = operand(operation, "self", "input"), operand(operation, "index")
    source, axis = operand(operation, "src"), axis_of(operation)
    if item is None or index is None or index.span is None or axis is None or len(sizes_of(index)) != 1:
        return
    sizes, count = sizes_of(item), sizes_of(index)[0]
    given = sizes_of(source)
    if len(sizes) < 2 or not _may_count(index, sizes[axis]):
        return
    if axis in (1, -1) and len(sizes) == 2 and sizes[0] == count and given in ((), (count,), (count, 1)):
        # One number in each row: the index is a column, and so are the numbers where they are a tensor.
        changes = [suffixed(index.span, ".unsqueeze(1)")]
        steps = [Step("unsqueeze", index.role, (1,))]
        if given == (count,) and source is not None and source.span is not None:
            changes.append(suffixed(source.span, ".unsqueeze(1)"))
            steps.append(Step("unsqueeze", source.role, (1,)))
        yield Candidate(changes[0].text, tuple(changes), tuple(steps), _COST)
    elif axis == 0 and given == (count, *sizes[1:]) and source is not None and source.span is not None:
        # A column alone would take the first number of each row, and leave the others where they are.
        ones = (1,) * (len(sizes) - 1)
        column = ".unsqueeze(1)" if len(ones) == 1 else f".view(-1, {', '.join(map(str, ones))})"
        change = suffixed(index.span, f"{column}.expand_as({source.span.text})")
        spread = Step("expand", index.role, given)
        yield Candidate(change.text, (change,), (Step("view", index.role, (count, *ones)), spread), _COST)


def axis_of(operation: Operation) -> int | None:
    """The axis along which the index counts, where it is written."""
    dim = operand(operation, "dim")
    return int(dim.value.text) if dim is not None and dim.value.text.lstrip("-").isdecimal() else None


def _may_count(index: Argument, size: int) -> bool:
    """Whether all numbers of an index are positions of an axis of this size."""
    record, facts = index.value.record, index.value.facts
    return record is not None and record.dtype == "int64" and facts.get("min", 0) >= 0 and facts.get("max", 0) < size


def _row_of_pair(operation: Operation) -> Iterator[Candidate]:
    """One of the rows of an index such as ``edges``, (2, edges): the one that is read by nobody yet."""
    index, source, axis = operand(operation, "index"), operand(operation, "source", "tensor"), axis_of(operation)
    sizes, given = (sizes_of(each) for each in (index, source))
    if index is None or index.span is None or axis is None or len(sizes) != 2 or not -len(given) <= axis < len(given):
        return
    if sizes[0] != 2 or given[axis] != sizes[1]:
        return
    here = node_at(index.span)
    if not isinstance(here, ast.Name):
        return
    names, rows = _names_of_rows(here), _rows_read(here)
    idle = [name for name in names if name in unused_names(index.span)]
    if len(idle) == 1:
        step = Step("item", index.role, (names.index(idle[0]),))
        yield Candidate(idle[0], (Change(index.span, idle[0]),), (step,), _COST)
        return
    for row in (1, 0):
        doubt = "" if rows == {1 - row} and not names else _WHICH
        text = names[row] if names else f"{here.id}[{row}]"
        yield Candidate(text, (Change(index.span, text),), (Step("item", index.role, (row,)),), _COST + 0.02, doubt)


def _names_of_rows(index: ast.Name) -> list[str]:
    """The two names that the function unpacks an index to: ``source, target = edges``."""
    home = home_around(index)
    for line in walk(home):
        target = line.targets[0] if isinstance(line, ast.Assign) and len(line.targets) == 1 else None
        is_it = isinstance(line, ast.Assign) and is_named(line.value, index.id)
        if is_it and isinstance(target, ast.Tuple) and all(isinstance(each, ast.Name) for each in target.elts):
            names = [ast.unparse(each) for each in target.elts]
            return names if len(names) == 2 and line is not statement_of(index) else []
    return []


def _rows_read(index: ast.Name) -> set[int]:
    """The rows of an index that the function takes by their number."""
    home = home_around(index)
    taken = (
        whole_number(each.slice)
        for each in walk(home)
        if isinstance(each, ast.Subscript) and is_named(each.value, index.id)
    )
    return {row for row in taken if row is not None}
