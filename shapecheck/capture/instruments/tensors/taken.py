"""Which numbers of a tensor an operation takes, however that is written: by the places where they stood."""

from __future__ import annotations

import torch
from torch import Tensor

from shapecheck.capture.recording.replay import replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import SELECTS

_PICKS = SELECTS | frozenset(["narrow", "index_select", "unbind", "split", "chunk", "gather", "take_along_dim"])


def numbers_taken(step: Step, node: Node) -> tuple[Tensor, Tensor] | None:
    """The numbers 0, 1, ... in the shape of what a node takes something of, and those that it takes.

    Of what was taken apart these are those of the last part, if nobody reads another one.
    """
    if node.name not in _PICKS or not node.parents:
        return None
    out = len(node.shapes) - 1
    if any(Ref(node.index, other) in each.parents for each in step.nodes for other in range(out)):
        return None
    shape = step.tape.shape(node.parents[0])
    numbers = torch.arange(torch.Size(shape).numel()).reshape(shape)
    try:
        found = replay(step.tape, [node.index], {node.parents[0]: numbers}, known=step.run())
    except (KeyError, RuntimeError):
        return None
    return numbers, found[Ref(node.index, out)]


def takes_item(step: Step, node: Node, axis: int, item: int) -> bool:
    """Whether a node takes one item of an axis, whole and in its order, also where rows are picked by their numbers."""
    found = numbers_taken(step, node)
    if found is None or found[0].ndim <= axis or not -found[0].shape[axis] <= item < found[0].shape[axis]:
        return False
    return torch.equal(found[1], found[0].select(axis, item))
