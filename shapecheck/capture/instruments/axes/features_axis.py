"""Which axis of each tensor holds the features, by the layers that made it: followed through all that keeps axes."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from math import prod
from typing import Any

import torch

from shapecheck.capture.instruments.axes.samples_axis import turned
from shapecheck.capture.instruments.tensors.makers import ELEMENTWISE
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import ATTENTIONS, CUTS, RECURRENT

_LAST = frozenset(
    ["linear", "bilinear", "embedding", "embedding_bag", "lstm", "gru", "rnn_tanh", "rnn_relu", "one_hot"]
)
CONVOLUTIONS = frozenset(["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"])
# What works channel by channel, or on each number by itself: the axes stay what they are.
_KEEPS = ELEMENTWISE | frozenset(
    ["batch_norm", "group_norm", "instance_norm", "layer_norm", "max_pool1d", "max_pool2d", "max_pool3d",
     "avg_pool1d", "avg_pool2d", "avg_pool3d", "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_max_pool1d",
     "adaptive_max_pool2d", "interpolate", "pad", "cat", "dropout1d", "dropout2d", "relu6", "mish", "softplus",
     "detach", "clone", "sub", "hardtanh", "normalize"]
)  # fmt: skip
_MATMULS = frozenset(["matmul", "bmm"])
_HOPS = 16
_REDUCES = frozenset(["mean", "sum", "amax", "amin", "std", "var"])


def made_along(node: Node) -> int | None:
    """The axis of what comes out that a layer, or a table of classes, puts its features along."""
    if not node.shapes:
        return None
    ndim = len(node.shapes[0])
    if node.name in _LAST and ndim > 1:
        return ndim - 1
    if node.name in CONVOLUTIONS and ndim == int(node.name[-2]) + 2:
        return 1
    return None


def followed(
    tape: Tape, start: dict[Ref, int], order: Iterable[int], *, through_layers: bool = False
) -> dict[Ref, int]:
    """Where an axis lies in all that is made of some tensors: as far as it stays one whole axis.

    Args:
        tape: The tape.
        start: Tensor -> its axis.
        order: The nodes to go through, in their order.
        through_layers: Whether it is followed through layers that leave it and mix others.

    Returns:
        Tensor -> its axis, the first ones included.
    """
    found = dict(start)
    for index in order:
        node = tape.nodes[index]
        if node.shapes and Ref(index) not in found:
            place = _place(tape, node, found, through_layers)
            if place is not None:
                found[Ref(index)] = place
    return found


def features_made(tape: Tape, order: Sequence[int], kinds: Container[str] | None = None) -> dict[Ref, int]:
    """Tensor -> its axis of features, in all that is made of what layers gave: those of some kinds, or all."""
    nodes = [tape.nodes[index] for index in order]
    told = [node for node in nodes if kinds is None or node.name in kinds]
    return followed(tape, {node.ref: axis for node in told if (axis := made_along(node)) is not None}, order)


def features_of(tape: Tape, order: Iterable[int]) -> dict[Ref, int]:
    """Tensor -> its axis of features, by the layers that made them, where nothing speaks against it.

    A Linear that is given something else at the end, such as steps that were turned there, makes no features of it.
    """
    found: dict[Ref, int] = {}
    others: dict[Ref, int] = {}
    for index in order:
        node = tape.nodes[index]
        if not node.shapes:
            continue
        place = len(node.shapes[0]) - 1 if node.name in ATTENTIONS else made_along(node)
        if node.name == "linear" and node.parents and _is_along_other(tape, node.parents[0], found, others):
            others[Ref(index)] = len(node.shapes[0]) - 1
            place = None
        elif place is None and (other := _place(tape, node, others, False)) is not None:
            others[Ref(index)] = other
        if place is None:
            place = _place(tape, node, found, True)
        if place is not None:
            found[Ref(index)] = place
    return found


def _is_along_other(tape: Tape, ref: Ref, found: dict[Ref, int], others: dict[Ref, int]) -> bool:
    """Whether the last axis is known not to hold the features, or is not the one that was last in the data."""
    last = len(tape.shape(ref)) - 1
    if ref in found:
        return found[ref] != last
    if ref in others:
        return others[ref] == last
    return is_turned(tape, ref)


def is_turned(tape: Tape, ref: Ref) -> bool:
    """Whether the last axis is not the one that was last where the numbers were made, or in the data."""
    last = len(tape.shape(ref)) - 1
    turns: list[Node] = []
    for _ in range(_HOPS):
        node = tape.nodes[ref.node]
        if not node.parents or node.function is None or len(tape.shape(node.parents[0])) != last + 1:
            break
        if turned(tape, node, 0) is not None:
            turns.append(node)
        elif node.name not in _KEEPS:
            break
        ref = node.parents[0]
    axis: int | None = last
    for node in reversed(turns):
        axis = turned(tape, node, axis) if axis is not None else None
    return axis != last


def _place(tape: Tape, node: Node, found: dict[Ref, int], through_layers: bool) -> int | None:
    """Where the axis of what a node reads lies in what comes out of it."""
    known = [(ref, found[ref]) for ref in node.parents if ref in found]
    if not known:
        return None
    places = {axis_kept(tape, node, ref, axis) for ref, axis in known}
    if through_layers and places == {None}:
        places = {left_by_layer(tape, node, ref, axis) for ref, axis in known}
    return places.pop() if len(places) == 1 else None


def axis_kept(tape: Tape, node: Node, ref: Ref, axis: int) -> int | None:
    """Where an axis of what a node reads lies in what comes out, as far as it stays one whole axis."""
    before, after = tape.shape(ref), node.shapes[0]
    if node.name in _KEEPS:
        at = axis + len(after) - len(before)
        is_whole = at >= 0 and (after[at] == before[axis] or node.name == "cat")
        return at if is_whole else None
    if node.name in _MATMULS:
        return _kept_by_product(node, ref, axis, len(before), len(after))
    if node.name == "einsum":
        return _kept_by_letters(node, ref, axis)
    if not node.parents or (node.parents[0] != ref and node.name != "stack"):
        return None
    if node.name in (*CUTS, "unflatten"):
        return uncut(before, after, axis)
    if node.name in ("unsqueeze", "stack"):
        given = _number(node, 1, 0) % len(after)
        return axis + (given <= axis)
    if node.name == "squeeze":
        return uncut(before, after, axis)
    if node.name == "__getitem__":
        index = node.argument(1)
        if isinstance(index, Ref) and tape.dtype(index) == torch.bool:
            # A mask makes one axis of all those that it lies along.
            gone = len(tape.shape(index))
            return axis - gone + 1 if axis >= gone else None
        return axis if _picks_rows(index, axis, len(before) == len(after)) else _indexed(before, index, axis)
    if node.name in _REDUCES:
        return _reduced(node, len(before), axis)
    return turned(tape, node, axis)


def _kept_by_product(node: Node, ref: Ref, axis: int, before: int, after: int) -> int | None:
    """A product leaves all axes but the one that it adds up along."""
    if min(before, after) < 2 or len(node.parents) != 2 or node.parents[0] == node.parents[1]:
        return None
    summed = before - 1 if node.parents[0] == ref else before - 2
    return None if axis == summed else axis + after - before


def _kept_by_letters(node: Node, ref: Ref, axis: int) -> int | None:
    equation = node.args[0] if node.args and isinstance(node.args[0], str) else ""
    given, arrow, out = equation.replace(" ", "").partition("->")
    operands = given.split(",")
    if not arrow or "." in equation or len(operands) != len(node.parents) or node.parents.count(ref) > 1:
        return None
    place = out.find(operands[node.parents.index(ref)][axis])
    return place if place >= 0 else None


def left_by_layer(tape: Tape, node: Node, ref: Ref, axis: int) -> int | None:
    """Where an axis is behind a layer that has one item of it for each that it read."""
    ndim = len(tape.shape(ref))
    if node.name == "embedding":
        return axis if node.parents[0] == ref else None
    if node.parents[0] != ref or len(node.shapes[0]) != ndim or node.shapes[0][axis] != tape.shape(ref)[axis]:
        return None
    if node.name in ("linear", *ATTENTIONS, *RECURRENT):
        return axis if axis < ndim - 1 else None
    return axis if axis == 0 and node.name in CONVOLUTIONS else None


def uncut(before: tuple[int, ...], after: tuple[int, ...], axis: int) -> int | None:
    """Where an axis is behind a reshape that leaves it whole: as many numbers lie in front of it as before.

    Of an axis of one item that can be said where no other one lies beside it, neither before nor behind.
    """
    ahead = prod(before[:axis])
    here, places = (
        [at for at, size in enumerate(sizes) if size == before[axis] and prod(sizes[:at]) == ahead]
        for sizes in (before, after)
    )
    return places[0] if len(here) == len(places) == 1 else None


def _picks_rows(index: Any, axis: int, is_as_deep: bool) -> bool:
    """Whether items are picked by their numbers along one other axis, and all else is taken whole."""
    parts = index if isinstance(index, tuple) else (index,)
    places = [at for at, part in enumerate(parts) if part != slice(None)]
    return is_as_deep and len(places) == 1 and isinstance(parts[places[0]], Ref) and places[0] != axis


def _indexed(before: tuple[int, ...], index: Any, axis: int) -> int | None:
    parts = list(index) if isinstance(index, tuple) else [index]
    if any(isinstance(part, Ref | list | bool) for part in parts):
        # A tensor or a list in front may put its axes anywhere; alone it picks rows.
        return axis if len(parts) == 1 and axis > 0 and isinstance(parts[0], Ref) else None
    taken = sum(part is not None and part is not Ellipsis for part in parts)
    if Ellipsis in parts:
        at = parts.index(Ellipsis)
        parts[at : at + 1] = [slice(None)] * (len(before) - taken)
    old = new = 0
    for part in parts:
        if part is None:
            new += 1
        elif isinstance(part, int):
            if old == axis:
                return None
            old += 1
        else:
            if old == axis:
                return new if part == slice(None) else None
            old, new = old + 1, new + 1
    return new + axis - old


def _reduced(node: Node, ndim: int, axis: int) -> int | None:
    given = node.argument(1, "dim", "axis")
    axes = given if isinstance(given, tuple | list) else (given,)
    if not axes or not all(isinstance(at, int) and not isinstance(at, bool) for at in axes):
        return None
    gone = {at % ndim for at in axes}
    if axis in gone:
        return None
    return axis if len(node.shapes[0]) == ndim else axis - sum(at < axis for at in gone)


def _number(node: Node, at: int, default: int) -> int:
    value = node.argument(at, "dim", default=default)
    return value if isinstance(value, int) else default
