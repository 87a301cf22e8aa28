"""Rows that are windows of one series by their values: each begins with what the one before it goes on with."""

from __future__ import annotations

from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.recording.tape import Ref, Tape
from shapecheck.capture.recording.vocabulary import TAKES_ROWS

# So many rows are held against the next ones, and so far on they are looked for.
_ROWS, _FARTHEST = 16, 32
_FEWEST_ROWS, _FEWEST_SHARED = 4, 3
_MOST = 0.75
# A few numbers that occur again and again agree by chance.
_KINDS = 8
_PASSES = TAKES_ROWS | frozenset(["to", "contiguous", "clone", "detach", "sub", "div", "mul", "add", "stack"])
_HOPS = 10


def overlapping_axis(tape: Tape, source: Ref) -> int | None:
    """The axis along which the rows of a tensor overlap, or those of a store that its rows were picked of."""
    for ref, node in backwards(tape, source, _PASSES, _HOPS):
        if node.name == "stack" and not node.collated:
            return None
        if ref in tape.held and tape.shape(ref)[1:] == tape.shape(source)[1:]:
            axis = axis_of_overlap(tape.held[ref])
            if axis is not None:
                return axis
    return None


def axis_of_overlap(value: Tensor) -> int | None:
    """The one axis along which most rows go on a few steps behind where the row before them began; None if none is."""
    if value.ndim not in (2, 3) or not value.is_floating_point() or len(value) < _FEWEST_ROWS:
        return None
    rows = value[:_ROWS]
    if value.is_meta or len(rows.unique()) < _KINDS:  # type: ignore[no-untyped-call]
        return None
    axes = [
        axis
        for axis in range(1, value.ndim)
        if any(_go_on(rows, axis, by) for by in range(1, min(value.shape[axis] - _FEWEST_SHARED, _FARTHEST) + 1))
    ]
    return axes[0] if len(axes) == 1 and not _holds_lags(rows, axes[0]) else None


def _holds_lags(rows: Tensor, axis: int) -> bool:
    """Whether the steps are the other axis, and each has those before it for features: it goes on with the last one."""
    if rows.ndim != 3 or rows.shape[3 - axis] < 2:
        return False
    most = min(rows.shape[axis] - _FEWEST_SHARED, _FARTHEST)
    row = rows[0].movedim(2 - axis, 0)
    return any(_go_on(row, 1, by) for by in range(1, most + 1))


def _go_on(rows: Tensor, axis: int, by: int) -> bool:
    shared = rows.shape[axis] - by
    one, other = rows[:-1].narrow(axis, by, shared), rows[1:].narrow(axis, 0, shared)
    if not bool((one[:2] == other[:2]).flatten(1).all(1).any()):
        return False
    moves = (one.narrow(axis, 1, shared - 1) != one.narrow(axis, 0, shared - 1)).flatten(1).any(1)
    return bool(((one == other).flatten(1).all(1) & moves).double().mean() >= _MOST)
