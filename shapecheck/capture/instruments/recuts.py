"""What could have been meant by a reshape: axes that change places first, or tensors put side by side."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.alternative import Alternative
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node

RESHAPES = frozenset(["view", "reshape", "unflatten", "flatten", "contiguous_view"])


def turned_first(step: Step, node: Node) -> Iterator[Alternative]:
    """Other orders of the axes at a reshape, which leave the shape that comes out as it is."""
    if node.name not in RESHAPES or not node.parents:
        return
    shape, out = step.tape.shape(node.parents[0]), node.shapes[0]
    if not 2 <= len(shape) <= 7:
        return
    for order in sorted(_orders(len(shape)), key=lambda order: sum(at != axis for at, axis in enumerate(order))):
        new = tuple(shape[axis] for axis in order)
        if [size for size in new if size > 1] == [size for size in shape if size > 1] and len(set(shape)) == len(shape):
            continue
        title = f"permute({', '.join(map(str, order))})" + ("" if new == out else " before the reshape")
        yield Alternative("reshape", title, {node.index: permuted(order, out)}, new=order)


def cut_other_way(node: Node, before: tuple[int, ...]) -> Iterator[Alternative]:
    """Rows that are cut into groups: every so-many-th row in the place of neighbours."""
    if node.name not in RESHAPES or not node.parents or len(node.shapes[0]) < 2:
        return
    groups, size, *rest = node.shapes[0]
    if min(groups, size) > 1 and before[:1] == (groups * size,) and prod(rest) == prod(before[1:]):
        sizes = ", ".join(map(str, (size, groups, *rest)))
        yield Alternative("recut", f"view({sizes}).transpose(0, 1)", {node.index: cut_apart(node.shapes[0])})


def cut_apart(out: tuple[int, ...]) -> Run:
    """The cut into as many rows of as many items the other way round."""

    def run(tensor: Tensor, *_: Any, **__: Any) -> Tensor:
        return tensor.reshape(out[1], out[0], *out[2:]).transpose(0, 1)

    return run


def side_by_side(step: Step, node: Node) -> Iterator[Alternative]:
    """Tensors that are put side by side, where they were put one behind the other and then cut anew."""
    if node.name not in RESHAPES or not node.parents:
        return
    maker = step.node(node.parents[0].node)
    if maker.name not in ("cat", "concat", "concatenate") or maker.index < step.first or not maker.args:
        return
    ndim = len(maker.shapes[0])
    given = maker.args[1] if len(maker.args) > 1 else maker.kwargs.get("dim", maker.kwargs.get("axis", 0))
    if not isinstance(given, int) or not isinstance(maker.args[0], list | tuple) or len(maker.args[0]) < 2:
        return
    for new in range(ndim - 1, -1, -1):
        if new != given % ndim:
            runs: dict[int, Run] = {maker.index: _joined(new)}
            yield Alternative("joined", f"torch.cat(..., dim={new})", runs, given % ndim, new)


def _joined(axis: int) -> Run:
    def run(items: list[Tensor], *_: Any, **__: Any) -> Tensor:
        return torch.cat(tuple(items), axis)

    return run


def _orders(ndim: int) -> Iterator[tuple[int, ...]]:
    """Every other order of a few axes; of many, those in which two change places or one is moved."""
    plain = tuple(range(ndim))
    if ndim < 5:
        yield from (order for order in itertools.permutations(plain) if order != plain)
        return
    found: dict[tuple[int, ...], None] = {}
    for one, other in itertools.permutations(plain, 2):
        swapped = list(plain)
        swapped[one], swapped[other] = other, one
        moved = [axis for axis in plain if axis != one]
        moved.insert(other, one)
        found |= {tuple(swapped): None, tuple(moved): None}
    yield from found


def orders_into(before: tuple[int, ...], after: tuple[int, ...], axis: int, place: int) -> tuple[int, ...] | None:
    """The order of the axes in which one of them comes to a place of another shape; the others keep theirs."""
    others = [at for at in range(len(before)) if at != axis]
    for count in range(len(before)):
        if prod(before[at] for at in others[:count]) == prod(after[:place]):
            order = (*others[:count], axis, *others[count:])
            return None if order == tuple(range(len(before))) else order
    return None


def permuted(order: tuple[int, ...], out: tuple[int, ...]) -> Callable[..., Tensor]:
    """A reshape that lets the axes change places first."""

    def run(tensor: Tensor, *_: Any, **__: Any) -> Tensor:
        return tensor.permute(order).reshape(out)

    return run
