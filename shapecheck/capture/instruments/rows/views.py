"""Calls of a model whose inputs are two views of the same samples, or that are held against each other as such."""

from __future__ import annotations

from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root
from shapecheck.capture.recording.vocabulary import IMAGES, NOISE

# Losses of which the first items could stand in each other's place: none of them comes before the other.
_OF_ITEMS = {
    "triplet_margin_loss": 3,
    "triplet_margin_with_distance_loss": 3,
    "cosine_embedding_loss": 2,
    "margin_ranking_loss": 2,
}
_OF_NO_SAMPLES = IMAGES | NOISE
_MOST_BEHIND = 200


def are_views(step: Step, one: Root, other: Root) -> bool:
    """Whether two calls are given whole samples that were made of the same ones, and neither of what the other said."""
    if len(one.inputs) != 1 or len(other.inputs) != 1:
        return False
    shape = step.tape.shape(one.inputs[0])
    if step.tape.shape(other.inputs[0]) != shape or len(shape) < 2:
        return False
    if _samples_of(step, one.inputs[0]).isdisjoint(_samples_of(step, other.inputs[0])):
        return False
    return not is_made_of(step, other.inputs[0], one)


def are_of_one_kind(step: Step, one: Root, other: Root) -> bool:
    """Whether a loss takes what two calls returned for items of which none comes before the other."""
    losses = [node for node in step.all_of_loss if node.name in _OF_ITEMS]
    if not losses:
        return False
    mine, theirs = (_made(step, root) for root in (one, other))
    for node in losses:
        items = node.parents[: _OF_ITEMS[node.name]]
        first = {at for at, ref in enumerate(items) if ref in mine}
        second = {at for at, ref in enumerate(items) if ref in theirs}
        if first - second and second - first:
            return True
    return False


def is_made_of(step: Step, ref: Ref, root: Root) -> bool:
    """Whether a tensor was made of what a call returned."""
    return ref in _made(step, root)


def meet(step: Step, one: Root, other: Root) -> bool:
    """Whether an operation on the way to the loss reads something of the one call and something of the other."""
    made = [_made(step, root) for root in (one, other)]
    mine, theirs = made[0] - made[1], made[1] - made[0]
    return any(_joins(step, node, mine, theirs) for node in step.of_loss)


def _joins(step: Step, node: Node, mine: set[Ref], theirs: set[Ref]) -> bool:
    first, second = ([ref for ref in node.parents if ref in those] for those in (mine, theirs))
    return any(
        step.tape.shape(a) == step.tape.shape(b) != () or node.name in ("matmul", "mm") for a in first for b in second
    )


def _made(step: Step, root: Root) -> set[Ref]:
    return {*root.outputs, *(Ref(index) for index in descendants(step.tape, set(root.outputs), step.order))}


def _samples_of(step: Step, ref: Ref) -> set[Ref]:
    """A tensor and all of its shape that it was made of: what is only made in their image holds nothing of them."""
    shape, found, open_refs = step.tape.shape(ref), set[Ref](), [ref]
    while open_refs and len(found) < _MOST_BEHIND:
        at = open_refs.pop()
        node = step.tape.nodes[at.node]
        if at in found or step.tape.shape(at) != shape or node.name in _OF_NO_SAMPLES or at in step.learned:
            continue
        found.add(at)
        if at.node >= step.first:
            open_refs += node.parents
    return found
