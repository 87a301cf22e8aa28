"""Which axes were flattened into one, and in which order, as far as that can be followed back from a tensor."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from shapecheck.capture.instruments.axes.features_axis import axis_kept, left_by_layer
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import CUTS, SELECTS, SOFTMAXES


class _Pieces(NamedTuple):
    """All items of an axis, in their order.

    Args:
        whole: What was taken apart.
        axis: Along which axis of it.
        laid: The axis of what came out along which the items lie one behind the other.
    """

    whole: Ref
    axis: int
    laid: int


_EACH = SOFTMAXES | frozenset(
    ["expand", "expand_as", "exp", "log", "neg", "abs", "sqrt", "square", "pow", "eq", "ne", "gt", "lt", "ge", "le",
     "remainder", "where", "floor", "long", "int", "bool", "logical_not", "bitwise_not", "bitwise_and",
     "bitwise_or", "sin", "cos", "rdiv", "rsub", "minimum", "maximum"]
)  # fmt: skip
_HOPS = 24


class Part(NamedTuple):
    """Axes that were put into one.

    Args:
        sizes: Their sizes.
        node: What put them there.
        finest: The same, with the sizes of what had been put into one of them before.
    """

    sizes: tuple[int, ...]
    node: Node
    finest: tuple[int, ...]


Known = dict[tuple[Ref, int], "tuple[Part, ...] | None"]


def flattened(tape: Tape, ref: Ref, axis: int, known: Known, hops: int = _HOPS) -> tuple[Part, ...] | None:
    """The parts of an axis, each of them with the sizes that were flattened; None where one of them is not known.

    Args:
        tape: The tape.
        ref: The tensor.
        axis: Its axis.
        known: What was found out before, which is added to.
        hops: How far it is followed back.
    """
    if (ref, axis) not in known:
        known[ref, axis] = _parts(tape, ref, axis, known, hops) if hops > 0 else None
    return known[ref, axis]


def _parts(tape: Tape, ref: Ref, axis: int, known: Known, hops: int) -> tuple[Part, ...] | None:
    node = tape.nodes[ref.node]
    if node.function is None or not node.parents or not node.shapes:
        return None
    after = tape.shape(ref)
    pieces = _pieces_joined(tape, node)
    if pieces is not None and pieces.laid == axis:
        return _of_pieces(tape, node, pieces, known, hops)
    if node.name == "cat" and _along(node, len(after)) == axis:
        parts = [flattened(tape, parent, axis, known, hops - 1) for parent in node.parents]
        return None if None in parts else tuple(part for some in parts if some is not None for part in some)
    if node.name in CUTS:
        source = node.parents[0]
        axes = _merged(tape.shape(source), after, axis)
        if axes is not None:
            return (_part(tape, node, source, axes, known, hops),)
    found: list[tuple[Part, ...]] = []
    for parent in dict.fromkeys(node.parents):
        before = tape.shape(parent)
        alike = [at for at in range(len(before)) if before[at] == after[axis]]
        kept = [at for at in alike if axis in _places(tape, node, parent, at)]
        own = flattened(tape, parent, kept[0], known, hops - 1) if len(kept) == 1 else None
        found += [own] if own is not None else []
    orders = {tuple(part.finest for part in parts) for parts in found}
    return found[0] if len(orders) == 1 else None


def _places(tape: Tape, node: Node, ref: Ref, axis: int) -> tuple[int | None, ...]:
    """Where an axis of what a node reads may lie in what comes out."""
    if node.name in _EACH:
        return (axis + len(node.shapes[0]) - len(tape.shape(ref)),)
    if node.name == "unbind":
        return (_axis_of_piece(node, len(tape.shape(ref)), axis),)
    return axis_kept(tape, node, ref, axis), left_by_layer(tape, node, ref, axis)


def _of_pieces(tape: Tape, node: Node, pieces: _Pieces, known: Known, hops: int) -> tuple[Part, ...] | None:
    """What was taken apart along one axis, and joined along another one, or put upon each other again."""
    if node.name != "cat":
        return flattened(tape, pieces.whole, pieces.axis, known, hops - 1)
    sizes, other = tape.shape(pieces.whole), pieces.laid + (pieces.axis <= pieces.laid)
    axes = [at for at in (pieces.axis, other) if sizes[at] > 1]
    return (_part(tape, node, pieces.whole, axes, known, hops),) if len(axes) > 1 else None


def _part(tape: Tape, node: Node, source: Ref, axes: list[int], known: Known, hops: int) -> Part:
    sizes = tape.shape(source)
    finest: tuple[int, ...] = ()
    for at in axes:
        before = flattened(tape, source, at, known, hops - 1)
        is_whole = before is not None and len(before) == 1 and prod(before[0].finest) == sizes[at]
        finest += before[0].finest if before is not None and is_whole else (sizes[at],)
    return Part(tuple(sizes[at] for at in axes), node, finest)


def merged(before: tuple[int, ...], after: tuple[int, ...], axis: int) -> tuple[int, ...] | None:
    """The sizes of the axes that a reshape put into one."""
    axes = _merged(before, after, axis)
    return None if axes is None else tuple(before[at] for at in axes)


def _merged(before: tuple[int, ...], after: tuple[int, ...], axis: int) -> list[int] | None:
    for first in range(len(before)):
        if prod(before[:first]) != prod(after[:axis]):
            continue
        for last in range(first + 2, len(before) + 1):
            axes = [at for at in range(first, last) if before[at] > 1]
            if prod(before[at] for at in axes) == after[axis] and len(axes) > 1:
                return axes
    return None


def _along(node: Node, ndim: int) -> int:
    given = node.argument(1, "dim", "axis", default=0)
    return given % ndim if isinstance(given, int) else -1


def _pieces_joined(tape: Tape, node: Node) -> _Pieces | None:
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
    return _Pieces(*whole, given % len(node.shapes[0]))


def _axis_of_piece(node: Node, ndim: int, axis: int) -> int | None:
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
