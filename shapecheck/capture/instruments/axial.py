"""Attention along one axis and then along the other, by two layers of the same kind side by side: both are meant."""

from __future__ import annotations

from torch import nn

from shapecheck.capture.instruments.separation import Moves
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ATTENTIONS, CUTS

_MOVES = CUTS | frozenset(["transpose", "permute", "t", "T", "mT", "movedim", "moveaxis", "swapaxes", "swapdims"])


def goes_along_the_other_axis(step: Step, node: Node, moves: Moves) -> bool:
    """Whether an attention of a tensor to itself mixes samples which one beside it, in front of it, has kept apart.

    Between the two the script has given the axes another order, and both layers read them alike.

    Args:
        step: The step.
        node: The attention.
        moves: What moves with each sample.
    """
    if not _is_to_itself(node):
        return False
    made = ancestors(step.tape, node.parents[:1], step.first)
    turned = max((index for index in made if _turns(step.node(index))), default=-1)
    for other in (step.node(index) for index in made if index < turned):
        keeps_apart = other.name in ATTENTIONS and _is_to_itself(other) and moves.is_separate(Ref(other.index))
        if keeps_apart and _are_side_by_side(step, node.module, other.module):
            return True
    return False


def _turns(node: Node) -> bool:
    """Whether the script, and no layer of torch's, gives axes another order."""
    return node.name in _MOVES and not type(node.module).__module__.startswith("torch.")


def _is_to_itself(node: Node) -> bool:
    return len(node.parents) > 2 and len({*node.parents[:3]}) == 1


def _are_side_by_side(step: Step, one: nn.Module | None, other: nn.Module | None) -> bool:
    """Whether two modules are called alike in the model, but for one part of their paths: ``rows`` and ``columns``."""
    if getattr(one, "batch_first", None) != getattr(other, "batch_first", None):
        return False
    for root in step.roots:
        paths: dict[int, list[str]] = {id(module): path.split(".") for path, module in root.module.named_modules()}
        left, right = paths.get(id(one)), paths.get(id(other))
        if left is not None and right is not None and len(left) == len(right):
            return sum(a != b for a, b in zip(left, right, strict=True)) == 1
    return False
