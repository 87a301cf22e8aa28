"""Finds calls and forwards that differ in sizes alone, so that a few words tell them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from shapecheck.render.changes import SizedAxis
from shapecheck.render.story import Forward, Repetition, Row, Tensor

# Two or three calls of one layer with other sizes are worth a look each: a question and its answer, a first step.
_FEWEST = 4
# Packed sequences have another number of real steps in every batch.
_FEWEST_PACKED = 2
_FEWEST_FORWARDS = 3

Pairs = tuple[tuple[SizedAxis, SizedAxis], ...]


def fold_sizes(rows: Sequence[Row]) -> list[Row]:
    """Make one row of several calls of one module that differ in sizes alone."""
    groups: list[list[Row]] = []
    by_module: dict[str, list[list[Row]]] = {}
    for row in rows:
        same = by_module.setdefault(row.module, [])
        group = next((group for group in same if not row.failure and _differing(group[0], row) is not None), None)
        if group is None:
            group = []
            same.append(group)
            groups.append(group)
        group.append(row)
    return [row for group in groups for row in (_folded(group) if len(group) >= _fewest(group[0]) else group)]


def repetition(first: Sequence[Row], rows: Sequence[Row]) -> Repetition | None:
    """What differs from the first forward, if that is only sizes, and modules that were left out."""
    pairs: list[tuple[SizedAxis, SizedAxis]] = []
    for row in rows:
        found = (_differing(other, row) for other in first if other.module == row.module)
        best = next((one for one in found if one is not None), None)
        if best is None:
            return None
        pairs += best
    # Of an axis without a name it is not known whether it is the same one, unless the model's input says so.
    told = {(was.size, now.size) for was, now in _pairs(first[0].inputs, rows[0].inputs)}
    if not all(was.factors or (was.size, now.size) in told for was, now in pairs):
        return None
    others = [axis for row in rows for axis in row.other_sizes]
    sizes = dict.fromkeys(axis for axis in (*(now for _, now in pairs), *others) if axis.factors)
    there = {row.module for row in rows}
    # A module that was called more often than the first forward was has been called in others, with the same sizes.
    missing = (row.module for row in first if row.module not in there and row.count <= first[0].count)
    return Repetition(tuple(sizes), tuple(dict.fromkeys(missing)))


def merged(forwards: Sequence[Forward]) -> list[Forward]:
    """The forwards, those made one that show nothing new and differ from the first in sizes of the same dims."""
    groups: dict[object, list[Forward]] = {}
    for at, forward in enumerate(forwards):
        again = forward.repetition
        dims = again and frozenset(axis.dim for axis in again.sizes)
        resized = tuple((dim, before) for dim, before, _ in forward.resized)
        key = at if again is None else (again.missing, dims, forward.otherwise, resized)
        groups.setdefault(key, []).append(forward)
    found: list[Forward] = []
    for group in groups.values():
        found += [_merged(group)] if len(group) >= _FEWEST_FORWARDS else group
    return found


def _merged(group: Sequence[Forward]) -> Forward:
    first = group[0]
    again = [forward.repetition for forward in group if forward.repetition is not None]
    sizes = tuple(dict.fromkeys(axis for each in again for axis in each.sizes))
    root = replace(first.rows[0], count=sum(forward.rows[0].count for forward in group))
    rows = (root, *(row for forward in group for row in forward.rows[1:]))
    resized = tuple(dict.fromkeys(one for forward in group for one in forward.resized))
    return replace(first, rows=rows, resized=resized, repetition=replace(again[0], sizes=sizes, forwards=len(group)))


def _fewest(row: Row) -> int:
    return _FEWEST_PACKED if any(tensor.packing for tensor in row.inputs) else _FEWEST


def _folded(group: Sequence[Row]) -> list[Row]:
    first, *rest = group
    others = dict.fromkeys(now for row in rest for _, now in _differing(first, row) or ())
    return [replace(first, count=sum(row.count for row in group), per_forward=0, other_sizes=tuple(others))]


def _differing(first: Row, later: Row) -> Pairs | None:
    """The axes that have other sizes, and these; None if more differs."""
    if _frame(first) != _frame(later):
        return None
    pairs: list[tuple[SizedAxis, SizedAxis]] = []
    for before, after in zip(_tensors(first), _tensors(later), strict=True):
        for at, (was, now) in enumerate(zip(before.axes, after.axes, strict=True)):
            # The model's output is named after the layer that made it, and that was perhaps seen before.
            is_unnamed = not now.dim and was.size == now.size
            is_counted = at == 0 and bool(before.packing)
            if was.dim != now.dim and not is_unnamed and not is_counted:
                return None
            if was.size != now.size:
                pairs.append((was, SizedAxis(was.dim, now.size)))
    return tuple(pairs)


def _pairs(before: Sequence[Tensor], after: Sequence[Tensor]) -> Iterator[tuple[SizedAxis, SizedAxis]]:
    for old, new in zip(before, after, strict=False):
        yield from zip(old.axes, new.axes, strict=False)


def _frame(row: Row) -> object:
    tensors = tuple((each.role, each.dtype, bool(each.packing), len(each.axes)) for each in _tensors(row))
    return row.module, row.layer, row.alike, row.failure, len(row.inputs), tensors


def _tensors(row: Row) -> tuple[Tensor, ...]:
    return (*row.inputs, *row.outputs)
