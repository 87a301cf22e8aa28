"""What could have been meant by a reshape: axes that change places first, or tensors put side by side."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.recording.replay import Run, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node

# A reshape that undoes another one stands a few operations behind it.
_MAX_BEHIND = 40
_MAX_AXES_BACK = 4
_MAX_AXES_CUT = 5
RESHAPES = frozenset(["view", "reshape", "unflatten", "flatten", "contiguous_view"])


def turned_first(step: Step, node: Node) -> Iterator[Alternative]:
    """Other orders of the axes at a reshape, which leave the shape that comes out as it is."""
    if node.name not in RESHAPES or not node.parents:
        return
    shape, out = step.tape.shape(node.parents[0]), node.shapes[0]
    if not 2 <= len(shape) <= 7:
        return
    for order in sorted(_orders(len(shape)), key=_displaced):
        new = tuple(shape[axis] for axis in order)
        if [size for size in new if size > 1] == [size for size in shape if size > 1] and len(set(shape)) == len(shape):
            continue
        title = f"permute({', '.join(map(str, order))})" + ("" if new == out else " before the reshape")
        yield Alternative("reshape", title, {node.index: permuted(order, out)}, new=order)


def there_and_back(step: Step, node: Node) -> Iterator[Alternative]:
    """Other orders of the axes at a reshape, which a reshape further on takes back into the same shape."""
    if node.name not in RESHAPES or not node.parents:
        return
    shape, out = step.tape.shape(node.parents[0]), node.shapes[0]
    if not 2 <= len(shape) <= _MAX_AXES_BACK:
        return
    behind = descendants(step.tape, {node.ref}, (at for at in step.order if at in step.to_loss))
    for back in (step.node(at) for at in behind[:_MAX_BEHIND]):
        if back.name in RESHAPES and back.shapes[0] == shape and step.tape.shape(back.parents[0])[:1] == out[:1]:
            for order in _orders(len(shape)):
                runs: dict[int, Run] = {node.index: permuted(order, out), back.index: _put_back(order, shape)}
                title = (
                    f"permute({', '.join(map(str, order))}) before the reshape, and back after the one that undoes it"
                )
                yield Alternative("back", title, runs, new=order)
            return


def _put_back(order: tuple[int, ...], shape: tuple[int, ...]) -> Run:
    def run(tensor: Tensor, *_: Any, **__: Any) -> Tensor:
        turned = tensor.reshape([shape[axis] for axis in order])
        return turned.permute([order.index(axis) for axis in range(len(order))]).contiguous()

    return run


def cut_and_turned(node: Node, before: tuple[int, ...]) -> Iterator[Alternative]:
    """Features that are cut into parts: each axis where it lies, and the parts put in front of the others behind it."""
    out = node.shapes[0] if node.shapes else ()
    if node.name not in RESHAPES or not len(before) < len(out) <= _MAX_AXES_CUT or min((*out, *before)) < 1:
        return
    orders = sorted(
        itertools.permutations(range(len(out))), key=lambda order: sum(at != a for a, at in enumerate(order))
    )
    for order in orders[1:]:
        sizes = tuple(out[axis] for axis in order)
        parts = _parts(sizes, before)
        # The parts of one axis stay in the order in which they were named.
        if parts is None or any(list(order[part]) != sorted(order[part]) for part in parts):
            continue
        back = tuple(order.index(axis) for axis in range(len(out)))
        turn = f"permute({', '.join(map(str, back))})"
        yield Alternative(
            "pieces", f"view({', '.join(map(str, sizes))}).{turn}", {node.index: _cut_and_turned(sizes, back)}, new=back
        )


def _displaced(order: tuple[int, ...]) -> int:
    return sum(at != axis for at, axis in enumerate(order))


def _parts(sizes: tuple[int, ...], before: tuple[int, ...]) -> list[slice] | None:
    """Which of some sizes are the parts of each axis, if they are cut out of these one behind the other."""
    found, at = [], 0
    for size in before:
        end = at + 1
        while end < len(sizes) and prod(sizes[at:end]) < size:
            end += 1
        if prod(sizes[at:end]) != size or end > len(sizes):
            return None
        found.append(slice(at, end))
        at = end
    return found if at == len(sizes) else None


def _cut_and_turned(sizes: tuple[int, ...], order: tuple[int, ...]) -> Run:
    return lambda tensor, *_, **__: tensor.reshape(sizes).permute(order).contiguous()


def cut_other_way(node: Node, before: tuple[int, ...]) -> Iterator[Alternative]:
    """Rows that are cut into groups: every so-many-th row in the place of neighbours."""
    if node.name not in RESHAPES or not node.parents or len(node.shapes[0]) < 2:
        return
    at = _groups_at(node.shapes[0], before)
    if at is not None:
        *front, groups, size = node.shapes[0][: at + 2]
        sizes = ", ".join(map(str, (*front, size, groups, *node.shapes[0][at + 2 :])))
        title = f"view({sizes}).transpose({at}, {at + 1})"
        yield Alternative("recut", title, {node.index: cut_apart(node.shapes[0], at)}, new=at)
        exchanged = (*front, size, groups, *node.shapes[0][at + 2 :])
        yield Alternative("factors", f"view({sizes})", {node.index: _cut_into(exchanged)}, new=at)


def _cut_into(sizes: tuple[int, ...]) -> Run:
    return lambda tensor, *_, **__: tensor.reshape(sizes)


def moved_factor(node: Node, before: tuple[int, ...]) -> Iterator[Alternative]:
    """Rows that are put side by side as features: those a whole block apart in the place of neighbours."""
    out = node.shapes[0] if node.shapes else ()
    if node.name not in RESHAPES or not 2 <= len(out) == len(before) or not before[-1] or out[-1] % before[-1]:
        return
    count = out[-1] // before[-1]
    cut = [axis for axis in range(len(out) - 1) if before[axis] != out[axis]]
    if count < 2 or len(cut) != 1 or before[cut[0]] != out[cut[0]] * count or out[cut[0]] < 2:
        return
    at = cut[0]
    for inner in (False, True):
        sizes = (*before[:at], *((out[at], count) if inner else (count, out[at])), *before[at + 1 :])
        axis = at + inner
        order = [place for place in range(len(sizes)) if place != axis]
        order.insert(len(order) - 1, axis)
        if order == list(range(len(sizes))):
            continue
        title = f"view({', '.join(map(str, sizes))}).permute({', '.join(map(str, order))}) before the reshape"
        yield Alternative("recut", title, {node.index: _cut_and_moved(sizes, order, out)}, new=at)


def _cut_and_moved(sizes: tuple[int, ...], order: list[int], out: tuple[int, ...]) -> Run:
    def run(tensor: Tensor, *_: Any, **__: Any) -> Tensor:
        return tensor.reshape(sizes).permute(order).reshape(out)

    return run


def _groups_at(out: tuple[int, ...], before: tuple[int, ...]) -> int | None:
    """Which axis of a tensor a reshape cuts into two, of more than one item each; the axes in front of it stay."""
    for at in range(min(len(out) - 1, len(before))):
        if before[at] == out[at] * out[at + 1] and min(out[at : at + 2]) > 1:
            return at if prod(out[at + 2 :]) == prod(before[at + 1 :]) else None
        if before[at] != out[at]:
            break
    return None


def cut_apart(out: tuple[int, ...], at: int = 0) -> Run:
    """The cut into as many rows of as many items the other way round."""

    def run(tensor: Tensor, *_: Any, **__: Any) -> Tensor:
        return tensor.reshape(*out[:at], out[at + 1], out[at], *out[at + 2 :]).transpose(at, at + 1)

    return run


def side_by_side(step: Step, node: Node) -> Iterator[Alternative]:
    """Tensors that are put side by side, where they were put one behind the other and then cut anew."""
    if node.name not in RESHAPES or not node.parents:
        return
    maker = step.node(node.parents[0].node)
    if maker.name != "cat" or maker.index < step.first or not maker.args:
        return
    ndim = len(maker.shapes[0])
    given = maker.argument(1, "dim", "axis", default=0)
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


def lies_within(before: Sequence[int], axis: int, after: Sequence[int], place: int) -> bool:
    """Whether an axis lies within an axis behind a reshape: as many numbers lie in front of it as may."""
    ahead, first = prod(before[:axis]), prod(after[:place])
    return first <= ahead and ahead * before[axis] <= first * after[place]


def exchanges_heads(before: tuple[int, ...], after: tuple[int, ...]) -> bool:
    """Whether a reshape gives the heads and the steps each other's places, as only a turn may."""
    return len(before) == len(after) > 3 and (*before[:-3], before[-2], before[-3], before[-1]) == after
