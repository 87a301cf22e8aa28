"""Where two tensors are multiplied and added up along one axis of each, and where these axes come from."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from shapecheck.capture.instruments.axes.features_axis import axis_kept, made_along
from shapecheck.capture.instruments.tensors.makers import ELEMENTWISE
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.recording.step import has_parameters
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import SAME_NUMBERS

_PRODUCTS = frozenset(["matmul", "bmm", "mm", "mv"])
# What only works number by number, moves numbers or sets some beside others: an axis stays what it was.
_MIXES = frozenset(["matmul", "bmm", "mm", "einsum", "sum", "mean", "amax", "amin", "std", "var"])
_HOPS = 40
Axis = tuple[Ref, int]


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """A sum of products.

    Args:
        node: The operation.
        left: One factor, and its axis that is summed over.
        right: The other one.
    """

    node: Node
    left: Axis
    right: Axis


def products(tape: Tape, indices: range) -> Iterator[Product]:
    """The sums of products among some nodes, however they are written."""
    for index in indices:
        node = tape.nodes[index]
        if node.function is None or not node.parents:
            continue
        found = _of_matrices(tape, node) or _of_letters(node) or _of_sum(tape, node)
        if found is not None and _size(tape, found.left) == _size(tape, found.right) > 1:
            yield found


def way_up(tape: Tape, axis: Axis) -> Iterator[Axis]:
    """The tensors that one was made of, as long as its axis stays the one that it was; itself first."""
    ref, at = axis
    for _ in range(_HOPS):
        yield ref, at
        node = tape.nodes[ref.node]
        before = _before(tape, node, ref, at) if node.function is not None else None
        if before is None or made_along(node) == at:
            return
        ref, at = before


def names_of(tape: Tape, axis: Axis, returned: dict[Ref, Hashable]) -> set[Hashable]:
    """What an axis goes by in every batch: the place in the script, or in what a model returns, that it comes from.

    A place that only moves numbers, or changes each by itself, may do so with all kinds of them.

    Args:
        tape: The tape.
        axis: The axis.
        returned: What models returned, as `all_returned` has it.
    """
    ref, at = axis
    node = tape.nodes[ref.node]
    found: set[Hashable] = {(ref, at)}
    if node.spot is not None and node.function is not None and node.name not in SAME_NUMBERS | ELEMENTWISE:
        found.add((node.spot.code, node.spot.instruction, node.name, ref.out, at))
    if ref in returned:
        found.add((returned[ref], at))
    return found


def all_returned(tape: Tape) -> dict[Ref, Hashable]:
    """What models returned: of which, and as their how manyth tensor."""
    roots = [root for root in tape.roots if has_parameters(root.module)]
    return {ref: (id(root.module), at) for root in roots for at, ref in enumerate(root.outputs)}


def _before(tape: Tape, node: Node, ref: Ref, axis: int) -> Axis | None:
    sizes = tape.shape(ref)
    if node.name == "__setitem__":
        written = node.args[2]
        at = axis - len(sizes) + len(tape.shape(written)) if isinstance(written, Ref) else -1
        is_whole = at >= 0 and axis > 0 and tape.shape(written)[at] == sizes[axis]
        return (written, at) if is_whole else None
    if node.name in _MIXES or not node.parents:
        return None
    if node.name in ("chunk", "split"):
        part = node.parents[0]
        return (part, axis) if tape.shape(part)[axis] == sizes[axis] else None
    if node.name == "unbind":
        gone = node.argument(1, "dim", default=0)
        return (node.parents[0], axis + (axis >= gone % (len(sizes) + 1))) if isinstance(gone, int) else None
    for part in dict.fromkeys(node.parents[:2]):
        for at in range(len(tape.shape(part))):
            if axis_kept(tape, node, part, at) == axis:
                return part, at
    return None


def _of_matrices(tape: Tape, node: Node) -> Product | None:
    if len(node.parents) < 2 or node.name not in (*_PRODUCTS, "linear"):
        return None
    left, right = node.parents[:2]
    ndim, other = len(tape.shape(left)), len(tape.shape(right))
    if not ndim or not other:
        return None
    return Product(node, (left, ndim - 1), (right, other - 1 if node.name == "linear" else max(other - 2, 0)))


def _of_letters(node: Node) -> Product | None:
    equation = node.args[0] if node.name == "einsum" and node.args and isinstance(node.args[0], str) else ""
    given, arrow, out = equation.replace(" ", "").partition("->")
    operands = given.split(",")
    if not arrow or "." in equation or len(operands) != 2 or len(node.parents) != 2:
        return None
    summed = [letter for letter in operands[0] if letter in operands[1] and letter not in out]
    if len(summed) != 1:
        return None
    left, right = node.parents
    return Product(node, (left, operands[0].index(summed[0])), (right, operands[1].index(summed[0])))


def _of_sum(tape: Tape, node: Node) -> Product | None:
    """``(a * b).sum(axis)``."""
    made = tape.nodes[node.parents[0].node]
    if node.name != "sum" or made.name != "mul" or len(made.parents) != 2:
        return None
    axis = axis_of(node, len(made.shapes[0]))
    left, right = made.parents
    places = [axis - len(made.shapes[0]) + len(tape.shape(ref)) for ref in (left, right)] if axis is not None else [-1]
    return None if min(places) < 0 else Product(node, (left, places[0]), (right, places[1]))


def _size(tape: Tape, axis: Axis) -> int:
    return tape.shape(axis[0])[axis[1]]
