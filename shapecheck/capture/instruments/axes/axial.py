"""Attention along one axis and then along the other, by two layers of the same kind side by side: both are meant."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.separation import Moves
from shapecheck.capture.recording.replay import ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import ATTENTIONS, CUTS, HANDS_ON

_TURNS = frozenset(["transpose", "permute", "t", "T", "mT", "movedim", "moveaxis", "swapaxes", "swapdims"])
_KEEPS_SHAPE = frozenset(["layer_norm", "dropout", "add"])


def goes_along_the_other_axis(step: Step, node: Node, moves: Moves) -> bool:
    """Whether an attention of a tensor to itself mixes samples while one beside it goes along the positions.

    Between the two the script has given the axes another order, and both layers read them alike. The one in front has
    kept the samples apart; where it is the other one that comes first, the sizes of its axes are exchanged for the one
    behind. So it is as well where the first one is given both axes of one sample, which is the whole batch.

    Args:
        step: The step.
        node: The attention.
        moves: What moves with each sample.
    """
    if not _is_to_itself(node):
        return False
    attentions = [other for other in step.nodes if other.name in ATTENTIONS and _is_to_itself(other)]
    return any(
        _turned_between(step, other, node, _TURNS | CUTS) and moves.is_separate(other.ref)
        if other.index < node.index
        else (_is_turned(step, node) or _is_of_one_sample(step, node))
        and _turned_between(step, node, other, _TURNS) % 2 == 1
        and _sizes(step, other) == _sizes(step, node)[::-1]
        for other in attentions
        if _are_beside(step, node.module, other.module)
    )


def _turned_between(step: Step, front: Node, behind: Node, names: frozenset[str]) -> int:
    """How often axes are given another order between two attentions."""
    made = ancestors(step.tape, behind.parents[:1], front.index)
    if front.index not in made:
        return 0
    return _turns(step, descendants(step.tape, [front.ref], made), names)


def _is_turned(step: Step, node: Node) -> bool:
    """Whether the script has turned what an attention is given, so that it is turned back behind it."""
    return _turns(step, ancestors(step.tape, node.parents[:1], step.first), _TURNS) % 2 == 1


def _is_of_one_sample(step: Step, node: Node) -> bool:
    """Whether what an attention is given lay behind an axis of one just before, as the frames of one film do."""
    given = node.parents[0]
    sizes = sorted((1, *step.tape.shape(given)))
    for _, made in backwards(step.tape, given, HANDS_ON | _TURNS | _KEEPS_SHAPE, first=step.first):
        before = step.tape.shape(made.parents[0]) if made.parents else ()
        if made.name in CUTS and before[:1] == (1,) and sorted(before) == sizes:
            return True
    return False


def _turns(step: Step, indices: Iterable[int], names: frozenset[str]) -> int:
    """How often the script, and no layer of torch's, does one of these operations."""
    nodes = map(step.node, indices)
    return sum(one.name in names and not type(one.module).__module__.startswith("torch.") for one in nodes)


def _sizes(step: Step, node: Node) -> tuple[int, ...]:
    return step.tape.shape(node.parents[0])[:2]


def _is_to_itself(node: Node) -> bool:
    return len(node.parents) > 2 and len({*node.parents[:3]}) == 1


def _are_beside(step: Step, one: nn.Module | None, other: nn.Module | None) -> bool:
    """Whether two modules are called alike in the model, but for one part of their paths: ``rows`` and ``columns``."""
    if getattr(one, "batch_first", None) != getattr(other, "batch_first", None):
        return False
    for root in step.roots:
        paths: dict[int, list[str]] = {id(module): path.split(".") for path, module in root.module.named_modules()}
        left, right = paths.get(id(one)), paths.get(id(other))
        if left is not None and right is not None and len(left) == len(right):
            return sum(a != b for a, b in zip(left, right, strict=True)) == 1
    return False
