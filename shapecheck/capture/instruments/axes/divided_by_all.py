"""Rows that a model divides by one number of all of them: the same number of each row could have been meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.recording.replay import Run, ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import COPIES, HANDS_ON, NORMS

_WHOLE = NORMS | {"sum"}
# A mask is put into the form of what it is multiplied with close in front of the sum.
_NEAR = 8
_FORMS = HANDS_ON | COPIES


def is_divisor(step: Step, node: Node) -> bool:
    """Whether all of a tensor with several axes is reduced to one number, by which that same tensor is divided."""
    division = division_by_all(step, node)
    if division is None:
        return False
    divided, source = division.parents[0], node.parents[0]
    signless = step.node(source.node)
    is_same = divided == source or (signless.name == "abs" and signless.parents == (divided,))
    return is_same or _is_pooled(step, division, source)


def of_each_row(step: Step, node: Node) -> Iterator[Alternative]:
    """The same sum for each item of one of the first two axes, in the place of one sum of all."""
    division = division_by_all(step, node)
    assert division is not None
    shape, wide = step.tape.shape(node.parents[0]), len(step.tape.shape(division.parents[0]))
    if len(shape) > wide:
        # What was divided has lost its steps already, and so must the count of them.
        gone = _lost_axes(step, division.parents[0], shape)
        if len(gone) == len(shape) - wide:
            title = f"dim={gone[0] if len(gone) == 1 else gone}"
            yield Alternative("whole", title, {node.index: _reduced_over(node, gone, is_kept=False)}, 0, 0)
        return
    for axis in range(min(len(shape), 2)):
        others = tuple(other for other in range(len(shape)) if other != axis)
        title = f"dim={others[0] if len(others) == 1 else others}, keepdim=True"
        yield Alternative("whole", title, {node.index: _reduced_over(node, others, is_kept=True)}, 0, axis)


def division_by_all(step: Step, node: Node) -> Node | None:
    """What divides by the one number that all of a tensor is reduced to, if nothing else is done with it before."""
    if node.name not in _WHOLE or not node.parents or node.shapes[0] != () or len(step.tape.shape(node.parents[0])) < 2:
        return None
    reached = {node.index}
    for other in step.nodes:
        if other.index <= node.index or not any(parent.node in reached for parent in other.parents):
            continue
        if other.name == "div":
            return other if other.parents[-1].node in reached else None
        if other.shapes[0] != ():
            return None
        reached.add(other.index)
    return None


def has_own_part(step: Step, division: Node, mask: Ref) -> bool:
    """Whether each row of what is divided by a count of a whole mask was summed up with its own part of that."""
    shape, count = step.tape.shape(division.parents[0]), step.tape.shape(mask)
    pooled = step.node(division.parents[0].node)
    gone = reduced_axes(step, pooled)
    rows = next((size for axis, size in enumerate(count[:2]) if axis not in gone), 0)
    if len(shape) < 2 or shape[0] != rows or mask in step.learned:
        return False
    forms = {ref for ref, _ in backwards(step.tape, mask, _FORMS, first=step.first)}
    own = ancestors(step.tape, [division.parents[0]], pooled.index - _NEAR)
    is_own = any(forms & set(step.node(index).parents) for index in own)
    return pooled.name in ("sum", "einsum", "matmul", "bmm", "squeeze") and is_own


def _lost_axes(step: Step, divided: Ref, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes that were summed over in what is divided; of a mask all that say anything, but the first."""
    pooled = step.node(divided.node)
    axes = reduced_axes(step, pooled)
    if axes and len(step.tape.shape(pooled.parents[0])) == len(shape):
        return axes
    return tuple(axis for axis, size in enumerate(shape) if axis and size > 1)


def _reduced_over(node: Node, axes: tuple[int, ...], *, is_kept: bool) -> Run:
    def run(values: Any, *_: Any, **__: Any) -> Any:
        if node.name == "sum":
            return values.sum(axes, keepdim=is_kept)
        return torch.linalg.vector_norm(values, dim=axes, keepdim=is_kept)

    return run


def _is_pooled(step: Step, division: Node, mask: Ref) -> bool:
    """Whether rows are divided by a count of all, of which each was summed up with its own part of a mask.

    What a layer reads of a sequence belongs to that one; of terms of a loss the number of all may well be meant.
    """
    behind = descendants(step.tape, {division.ref}, sorted(step.to_loss))
    is_read = any(step.tape.has_parameter(step.node(index)) for index in behind)
    return is_read and has_own_part(step, division, mask)
