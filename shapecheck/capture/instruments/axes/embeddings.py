"""Vectors that networks made, one beside the other: embeddings whose features are the last axis."""

from __future__ import annotations

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.makers import ELEMENTWISE
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, DISTANCES, SAME_NUMBERS, SQUARES

_BETWEEN = ELEMENTWISE | SAME_NUMBERS | {"expand"}


def is_embedding(step: Step, ref: Ref, features: dict[Ref, int]) -> bool:
    """Whether layers made the last axis of a learned tensor, whichever branches were added up there.

    What a mean was taken off from is compared for how it goes up and down: there the axis of the mean is meant. And
    what a loss holds against data of the same shape is a series, or whatever else the data are.

    Args:
        step: The step.
        ref: The tensor.
        features: Where layers put their features, as `features_of` has it.
    """
    if ref not in step.learned or features.get(ref) != len(step.tape.shape(ref)) - 1:
        return False
    if _is_held_against_data(step, ref):
        return False
    seen, open_refs = set[Ref](), [ref]
    while open_refs:
        at = open_refs.pop()
        node = step.node(at.node)
        if at in seen or at not in step.learned:
            continue
        seen.add(at)
        if node.name in ("sub", "rsub"):
            return False
        if node.name in _BETWEEN:
            open_refs += node.parents
    return True


def _is_held_against_data(step: Step, ref: Ref) -> bool:
    """Whether the loss takes its distance from what nobody learned, position by position."""
    shape = step.tape.shape(ref)
    for node in step.nodes:
        if node.index not in step.to_loss or len(node.parents) != 2:
            continue
        sides = [origin(step.tape, parent, CONVERTS)[0] for parent in node.parents]
        if ref not in sides or not (node.name in DISTANCES or _is_gap(step, node)):
            continue
        if any(side not in step.learned and step.tape.shape(side) == shape for side in sides):
            return True
    return False


def _is_gap(step: Step, node: Node) -> bool:
    """Whether only the size of a difference is read."""
    readers = step.readers(node)
    return node.name == "sub" and bool(readers) and all(reader.name in SQUARES | {"abs"} for reader in readers)
