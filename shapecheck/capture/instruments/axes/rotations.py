"""Tables that turn pairs of features by an angle: a cosine and a sine, or numbers of length one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref

# The cosine and the sine are multiplied a few operations apart.
_NEAR = 16


@dataclass(frozen=True, slots=True, eq=False)
class Rotation:
    """Something learned that is multiplied with the cosine or the sine of angles that are not.

    Args:
        node: The multiplication.
        data: What is turned.
        table: The cosine, the sine, or both as complex numbers.
        axis: The one axis of the data, beside the last, along which the angles differ.
    """

    node: Node
    data: Ref
    table: Ref
    axis: int


def rotations(step: Step) -> Iterator[Rotation]:
    """What is turned in a step: two tables whose squares add up to one are a cosine and a sine."""
    found = [one for node in step.of_loss for one in _product(step, node)]
    for at, (node, data, table) in enumerate(found):
        value = step.value(table)
        near = [other for one, _, other in found[max(at - 2, 0) : at + 3] if abs(one.index - node.index) < _NEAR]
        if not value.is_complex() and not any(_is_pair(value, step.value(other)) for other in near if other != table):
            continue
        if value.is_complex() and not bool(torch.allclose(value.abs(), torch.ones(()), atol=1e-3)):
            continue
        axes = _axes(value, len(step.tape.shape(data)))
        if len(axes) == 1:
            yield Rotation(node, data, table, axes[0])


def _product(step: Step, node: Node) -> Iterator[tuple[Node, Ref, Ref]]:
    if node.name != "mul" or len(node.parents) != 2 or not node.shapes:
        return
    for data, table in (node.parents, node.parents[::-1]):
        if data in step.learned and table not in step.learned and step.tape.shape(data) == node.shapes[0]:
            yield node, data, table


def _is_pair(one: Tensor, other: Tensor) -> bool:
    if one.shape != other.shape or not one.is_floating_point() or not other.is_floating_point():
        return False
    squares = one.double() ** 2 + other.double() ** 2
    return bool(torch.allclose(squares, torch.ones((), dtype=torch.float64), atol=1e-3)) and bool((one != other).any())


def _axes(table: Tensor, ndim: int) -> list[int]:
    """The axes of what it is multiplied with along which it differs, without the last one."""
    front = ndim - table.ndim
    return [front + axis for axis in range(table.ndim - 1) if bool((table != table.narrow(axis, 0, 1)).any())]
