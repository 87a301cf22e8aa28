"""Vectors that networks made, one beside the other: embeddings whose features are the last axis."""

from __future__ import annotations

from shapecheck.capture.instruments.tensors.makers import ELEMENTWISE
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.capture.recording.vocabulary import SAME_NUMBERS

_BETWEEN = ELEMENTWISE | SAME_NUMBERS | {"expand"}


def is_embedding(step: Step, ref: Ref, features: dict[Ref, int]) -> bool:
    """Whether layers made the last axis of a learned tensor, whichever branches were added up there.

    What a mean was taken off from is compared for how it goes up and down: there the axis of the mean is meant.

    Args:
        step: The step.
        ref: The tensor.
        features: Where layers put their features, as `features_of` has it.
    """
    if ref not in step.learned or features.get(ref) != len(step.tape.shape(ref)) - 1:
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
