"""Tensors that were taken apart along one axis, item by item, and whose items were put together again."""

from __future__ import annotations

from typing import NamedTuple

from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import SELECTS


class Pieces(NamedTuple):
    """All items of an axis, in their order.

    Args:
        whole: What was taken apart.
        axis: Along which axis of it.
        laid: The axis of what came out along which the items lie one behind the other.
    """

    whole: Ref
    axis: int
    laid: int


def pieces_joined(tape: Tape, node: Node) -> Pieces | None:
    """What a ``cat`` or ``stack`` puts together, where these are all items of one axis of a tensor, in their order."""
    if node.name not in ("cat", "stack") or len(node.parents) < 2 or not node.shapes:
        return None
    given = node.argument(1, "dim", "axis", default=0)
    taken = [_taken(tape, ref) for ref in node.parents]
    whole = taken[0][:2] if taken[0] is not None else None
    if whole is None or not isinstance(given, int) or tape.shape(whole[0])[whole[1]] != len(taken):
        return None
    if any(one != (*whole, at) for at, one in enumerate(taken)):
        return None
    return Pieces(*whole, given % len(node.shapes[0]))


def axis_of_piece(node: Node, ndim: int, axis: int) -> int | None:
    """Where an axis of what ``unbind`` takes apart lies in the pieces."""
    along = _unbound(node, ndim)
    return None if along is None or along == axis else axis - (along < axis)


def _taken(tape: Tape, ref: Ref) -> tuple[Ref, int, int] | None:
    """Of which tensor something is an item, of which axis, and the how manyth."""
    node = tape.nodes[ref.node]
    if not node.parents:
        return None
    source = node.parents[0]
    if node.name == "unbind":
        along = _unbound(node, len(tape.shape(source)))
        return None if along is None else (source, along, ref.out)
    if node.name not in SELECTS or len(node.parents) > 1:
        return None
    if node.name == "select":
        axis, item = (*node.args[1:], None, None)[:2]
    else:
        index = node.argument(1)
        parts = index if isinstance(index, tuple) else (index,)
        axis, item = len(parts) - 1, parts[-1]
        if any(part != slice(None) for part in parts[:-1]):
            return None
    if type(axis) is not int or type(item) is not int:
        return None
    sizes = tape.shape(source)
    axis %= len(sizes)
    return source, axis, item % sizes[axis]


def _unbound(node: Node, ndim: int) -> int | None:
    given = node.argument(1, "dim", default=0)
    return given % ndim if type(given) is int else None
