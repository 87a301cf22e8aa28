"""Which axes were flattened into one, and in which order, as far as that can be followed back from a tensor."""

from __future__ import annotations

from math import prod

from shapecheck.capture.instruments.axes.features_axis import axis_kept, left_by_layer
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import CUTS

_EACH = frozenset(
    ["expand", "expand_as", "exp", "log", "neg", "abs", "sqrt", "square", "pow", "eq", "ne", "gt", "lt", "ge", "le",
     "remainder", "where", "floor", "long", "int", "bool", "logical_not", "bitwise_not", "bitwise_and",
     "bitwise_or", "sin", "cos", "rdiv", "rsub", "minimum", "maximum"]
)  # fmt: skip
_HOPS = 24
Part = tuple[tuple[int, ...], Node]
"""The sizes of the axes that were put into one, and what put them there."""


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
    if node.name == "cat" and _along(node, len(after)) == axis:
        parts = [flattened(tape, parent, axis, known, hops - 1) for parent in node.parents]
        return None if None in parts else tuple(part for some in parts if some is not None for part in some)
    if node.name in CUTS:
        sizes = merged(tape.shape(node.parents[0]), after, axis)
        if sizes is not None:
            return ((sizes, node),)
    found: list[tuple[Part, ...]] = []
    for parent in dict.fromkeys(node.parents):
        before = tape.shape(parent)
        alike = [at for at in range(len(before)) if before[at] == after[axis]]
        kept = [at for at in alike if axis in _places(tape, node, parent, at)]
        own = flattened(tape, parent, kept[0], known, hops - 1) if len(kept) == 1 else None
        found += [own] if own is not None else []
    orders = {tuple(sizes for sizes, _ in parts) for parts in found}
    return found[0] if len(orders) == 1 else None


def _places(tape: Tape, node: Node, ref: Ref, axis: int) -> tuple[int | None, ...]:
    """Where an axis of what a node reads may lie in what comes out."""
    if node.name in _EACH:
        return (axis + len(node.shapes[0]) - len(tape.shape(ref)),)
    return axis_kept(tape, node, ref, axis), left_by_layer(tape, node, ref, axis)


def merged(before: tuple[int, ...], after: tuple[int, ...], axis: int) -> tuple[int, ...] | None:
    """The sizes of the axes that a reshape put into one."""
    for first in range(len(before)):
        if prod(before[:first]) != prod(after[:axis]):
            continue
        for last in range(first + 2, len(before) + 1):
            sizes = tuple(size for size in before[first:last] if size > 1)
            if prod(sizes) == after[axis] and len(sizes) > 1:
                return sizes
    return None


def _along(node: Node, ndim: int) -> int:
    given = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim", node.kwargs.get("axis", 0))
    return given % ndim if isinstance(given, int) else -1
