"""Which axis of a batch of windows is time: the one along which they were cut out of longer series."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shapecheck.capture.instruments.axes.samples_axis import turned
from shapecheck.capture.instruments.rows.overlapping import overlapping_axis
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.recording.tape import Node, Ref, Tape

# A window may be scaled or shifted on its way: that leaves its axes.
_PASSES = frozenset(["to", "contiguous", "clone", "detach", "sub", "div", "mul", "add"])
_SPLITS = frozenset(["split", "chunk", "split_with_sizes", "tensor_split"])
_HOPS = 10


def steps_axis(tape: Tape, source: Ref) -> int | None:
    """The axis of windows that is time; None where nothing says so.

    Every item of a stack is a piece of one longer tensor along one axis, and the pieces begin at several places. Where
    they were cut and put together out of torch's sight, their numbers say it: each goes on with those of the one
    before.
    """
    axis = _cut_along(tape, source)
    return overlapping_axis(tape, source) if axis is None else axis


def _cut_along(tape: Tape, source: Ref) -> int | None:
    turns: list[Node] = []
    ref = source
    for _ in range(_HOPS):
        node = tape.nodes[ref.node]
        if node.name == "stack":
            break
        if not node.parents or node.function is None:
            return None
        if node.name not in _PASSES:
            turns.append(node)
        ref = node.parents[0]
    else:
        return None
    items = node.args[0] if node.args and isinstance(node.args[0], list | tuple) else ()
    cuts = [_cut(tape, item) for item in items if isinstance(item, Ref)]
    if len(cuts) < 2 or len(cuts) != len(items) or None in cuts:
        return None
    axes = {cut[:2] for cut in cuts if cut is not None}
    begins = {cut[2] for cut in cuts if cut is not None}
    given = node.argument(1, "dim", default=0)
    ndim = len(node.shapes[0])
    if len(axes) != 1 or len(begins) < 2 or not isinstance(given, int) or not -ndim <= given < ndim:
        return None
    axis: int | None = axes.pop()[1]
    assert axis is not None
    axis += axis >= given % ndim
    for turn in reversed(turns):
        # A part of each window is a window.
        axis = axis if is_stretch(turn) else turned(tape, turn, axis)
        if axis is None:
            return None
    return axis


def goes_on(tape: Tape, source: Ref, axis: int, order: Iterable[int]) -> bool:
    """Whether a tensor is a piece of a longer one along an axis, of which a later piece is read as well: its future.

    Args:
        tape: The tape.
        source: The tensor.
        axis: The axis.
        order: The nodes that may read the later piece.
    """
    *_, (at, node) = backwards(tape, source, _PASSES, _HOPS)
    read = {ref for index in order for ref in tape.nodes[index].parents}
    if node.name in _SPLITS:
        given = node.argument(2, "dim", default=0)
        is_along = given in (axis, axis - len(tape.shape(at)))
        return is_along and any(ref.node == at.node and ref.out > at.out for ref in read)
    mine = _cut(tape, source)
    if mine is None or mine[1] != axis:
        return False
    size = tape.shape(mine[0])[axis]
    end = _place(mine[2], size) + tape.shape(source)[axis]
    others = (_cut(tape, ref) for ref in read)
    return any(other is not None and other[:2] == mine[:2] and _place(other[2], size) >= end for other in others)


def is_piece(tape: Tape, source: Ref, axis: int) -> bool:
    """Whether a tensor is a piece of a longer one along an axis: of a series that goes on behind it."""
    *_, (at, node) = backwards(tape, source, _PASSES, _HOPS)
    if node.name in _SPLITS:
        return len(node.shapes) > 1 and node.argument(2, "dim", default=0) in (axis, axis - len(tape.shape(at)))
    cut = _cut(tape, source)
    return cut is not None and cut[1] == axis


def _place(start: Any, size: int) -> int:
    """Where a slice begins, counted from the front; nowhere if that is no plain number."""
    return start + size * (start < 0) if isinstance(start, int) else -size


def is_stretch(node: Node) -> bool:
    """Whether an operation takes a stretch of each axis that it names."""
    is_index = node.name == "__getitem__" and len(node.args) > 1
    return is_index and all(isinstance(part, slice) and part.step in (None, 1) for part in node.index_parts)


def _cut(tape: Tape, ref: Ref) -> tuple[Ref, int, Any] | None:
    """What an item was cut out of, along which of its own axes, and where it begins."""
    *_, (at, node) = backwards(tape, ref, _PASSES, _HOPS)
    is_cut = node.name == "__getitem__" and len(node.args) > 1 and len(tape.shape(at)) == len(tape.shape(ref))
    return _cut_by(tape, node) if is_cut else None


def _cut_by(tape: Tape, node: Node) -> tuple[Ref, int, Any] | None:
    index = node.args[1]
    parts = index if isinstance(index, tuple) else (index,)
    source = node.parents[0]
    found: list[tuple[int, Any]] = []
    axis = 0
    for at, part in enumerate(parts):
        if isinstance(part, slice):
            if part.step not in (None, 1):
                return None
            # An axis that is taken whole is no window.
            if at < len(tape.shape(source)) and node.shapes[0][axis] < tape.shape(source)[at]:
                found.append((axis, part.start or 0))
            axis += 1
        elif not isinstance(part, int):
            return None
    return (source, *found[0]) if len(found) == 1 else None
