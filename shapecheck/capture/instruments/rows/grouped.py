"""Sums of items by the number of the group that each belongs to, and the weights that the items have in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref

_ADDS = frozenset(["index_add", "scatter_add", "scatter_reduce"])
_MOVES = frozenset(["unsqueeze", "view", "reshape", "expand", "expand_as", "dropout", "to", "contiguous", "squeeze"])
_HOPS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """A sum by groups along axis 0.

    Args:
        node: The operation that sums.
        groups: The number of the group of each item.
        numbers: The same as values, one for each item.
        items: What is added up.
        count: How many groups there are.
    """

    node: Node
    groups: Ref
    numbers: Tensor
    items: Ref
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What items are multiplied with before they are added up.

    Args:
        ref: The weights.
        items: The other factor.
    """

    ref: Ref
    items: Ref


def sums_by_groups(step: Step) -> Iterator[Grouped]:
    """All of them on the way to the loss."""
    for index in step.order:
        found = grouped(step, step.node(index)) if index in step.to_loss else None
        if found is not None:
            yield found


def grouped(step: Step, node: Node) -> Grouped | None:
    """The sum by groups that an operation is; None if it is none, or runs along another axis than the first."""
    if node.name not in _ADDS:
        return None
    parts = [item for item in node.args if isinstance(item, Ref)] + [
        node.kwargs[name] for name in ("index", "source", "src") if isinstance(node.kwargs.get(name), Ref)
    ]
    kind = node.argument(4, "reduce", default="sum")
    axis = node.argument(1, "dim")
    if len(parts) != 3 or axis not in (0, -len(node.shapes[0])) or kind != "sum":
        return None
    groups, items = parts[1:]
    numbers = step.value(groups)
    rows = numbers.reshape(len(numbers), -1) if numbers.ndim else numbers.reshape(1, 1)
    if not bool((rows == rows[:, :1]).all()) or step.tape.shape(items)[:1] != (len(rows),):
        return None
    return Grouped(node, groups, rows[:, 0], items, node.shapes[0][0])


def weights_of(step: Step, found: Grouped) -> Iterator[Weights]:
    """Both factors of what is added up, each as weights for the other, behind what only moves axes."""
    made = step.node(unmoved(step, found.items).node)
    if made.name == "mul" and len(made.parents) == 2:
        one, other = (unmoved(step, ref) for ref in made.parents)
        yield Weights(one, other)
        yield Weights(other, one)


def unmoved(step: Step, ref: Ref) -> Ref:
    """What a tensor was before axes were added to it."""
    for _ in range(_HOPS):
        node = step.node(ref.node)
        is_axis = node.name == "__getitem__" and len(node.parents) == 1 and _adds_axes(node)
        if step.is_leaf(ref) or not (node.name in _MOVES or is_axis) or not node.parents:
            return ref
        if step.tape.shape(node.parents[0])[:1] != step.tape.shape(ref)[:1]:
            return ref
        ref = node.parents[0]
    return ref


def _adds_axes(node: Node) -> bool:
    index = node.args[1]
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is None or part is Ellipsis or part == slice(None) for part in parts)


def picked_by(step: Step, ref: Ref) -> tuple[Ref, Tensor] | None:
    """The table and the numbers of the rows, where a tensor is rows of a table."""
    node = step.node(ref.node)
    ndim = len(step.tape.shape(node.parents[0])) if node.parents else 0
    is_item = node.name == "__getitem__" and len(node.args) > 1 and isinstance(node.args[1], Ref)
    is_pick = is_item or (node.name in ("index_select", "gather") and axis_of(node, ndim) == 0)
    if not is_pick or len(node.parents) != 2:
        return None
    numbers = step.value(node.parents[1])
    if node.name != "gather":
        return (node.parents[0], numbers) if numbers.ndim == 1 and not numbers.is_floating_point() else None
    rows = numbers.reshape(len(numbers), -1)
    return (node.parents[0], rows[:, 0]) if bool((rows == rows[:, :1]).all()) else None
