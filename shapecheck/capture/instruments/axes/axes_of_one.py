"""Axes of size one that a script has put into a tensor by hand: there is one number along them, whatever the data."""

from __future__ import annotations

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.axes.samples_axis import turned
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.capture.recording.vocabulary import CUTS, PRODUCTS

_MOST = 60
_CHANGES_LAST = frozenset(["linear", "addmm", "embedding", "conv1d", "conv2d", "conv3d"])


def is_put_there(step: Step, ref: Ref, axis: int) -> bool:
    """Whether an axis of size one was added, or left by a reduction that keeps it, on all ways that lead to a tensor.

    One feature, one channel or one head are as many as somebody has asked for, and may be more the next time.
    """
    found, open_ends, seen = False, [(ref, axis)], set[tuple[Ref, int]]()
    while open_ends:
        at, axis = open_ends.pop()
        if (at, axis) in seen:
            continue
        seen.add((at, axis))
        node = step.node(at.node)
        if not node.parents and not step.is_leaf(at):
            # Zeros, or what was drawn, have their axes for what they meet.
            continue
        if not node.parents or step.is_leaf(at) or len(seen) > _MOST:
            return False
        shape, first = step.tape.shape(at), node.parents[0]
        before = step.tape.shape(first)
        if node.name == "unsqueeze":
            is_here = _added(node.argument(1, "dim"), len(shape)) == axis
        else:
            is_here = axis in reduced_axes(step, node) and len(before) == len(shape) and before[axis] > 1
        if is_here:
            found = True
        elif node.name == "unsqueeze":
            added = _added(node.argument(1, "dim"), len(shape))
            open_ends.append((first, axis - (added is not None and added < axis)))
        elif node.name == "__getitem__":
            if not any(part is None for part in node.index_parts) or Ellipsis in node.index_parts:
                return False
            if not _is_new(node.index_parts, axis):
                return False
            found = True
        elif node.name in CUTS:
            if [size for size in before if size > 1] != [size for size in shape if size > 1] or 1 in before:
                return False
            found = True
        elif (behind := turned_back(step, at, axis)) is not None:
            open_ends.append((first, behind))
        elif node.name in PRODUCTS and len(node.parents) == 2 and axis >= len(shape) - 2:
            is_last = axis == len(shape) - 1
            side = node.parents[int(is_last)]
            if len(step.tape.shape(side)) < 2:
                return False
            open_ends.append((side, len(step.tape.shape(side)) - (1 if is_last else 2)))
        elif node.name in _CHANGES_LAST:
            return False
        else:
            same = [
                (parent, axis - len(shape) + len(sizes))
                for parent in node.parents
                if axis - len(shape) + len(sizes := step.tape.shape(parent)) >= 0
            ]
            if any(step.tape.shape(parent)[place] != 1 for parent, place in same) or not same:
                return False
            # A number that stands for all, or a table that is learned, has its axis of one for this tensor's sake.
            open_ends += [end for end in same if not step.is_leaf(end[0])] or same
    return found


def turned_back(step: Step, ref: Ref, axis: int) -> int | None:
    """Where an axis was in front of an operation that only changes the places of axes; None if it is another one."""
    node = step.node(ref.node)
    places = [turned(step.tape, node, before) for before in range(len(step.tape.shape(node.parents[0])))]
    return places.index(axis) if axis in places else None


def _added(given: object, ndim: int) -> int | None:
    return given % ndim if isinstance(given, int) else None


def _is_new(parts: tuple[object, ...], axis: int) -> bool:
    """Whether an index puts a new axis at a place."""
    at = 0
    for part in parts:
        if at == axis:
            return part is None
        at += 0 if isinstance(part, int) else 1
    return False
