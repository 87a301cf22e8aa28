"""Which axes were flattened into one, and in which order, as far as that can be followed back from a tensor."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from shapecheck.capture.instruments.axes.features_axis import axis_kept, left_by_layer
from shapecheck.capture.instruments.tensors.pieces import Pieces, axis_of_piece, pieces_joined
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import CUTS, SOFTMAXES

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
    pieces = pieces_joined(tape, node)
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
        return (axis_of_piece(node, len(tape.shape(ref)), axis),)
    return axis_kept(tape, node, ref, axis), left_by_layer(tape, node, ref, axis)


def _of_pieces(tape: Tape, node: Node, pieces: Pieces, known: Known, hops: int) -> tuple[Part, ...] | None:
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
