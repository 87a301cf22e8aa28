"""Rows that a prediction and its target were cut into in the same way: the loss adds up the same pairs as before."""

from __future__ import annotations

from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import CUTS

# What holds number against number, whatever rows they stand in.
_OF_PAIRS = frozenset(
    ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits"]
)


def is_cut_alike(step: Step, node: Node) -> bool:
    """Whether all that reads a reshape is a loss of pairs, and the other side was reshaped alike.

    Args:
        step: The step.
        node: The reshape.
    """
    if node.name not in CUTS or len(node.parents) != 1:
        return False
    readers = [one for one in step.nodes if node.ref in one.parents]
    return bool(readers) and all(_holds_pairs(step, reader) for reader in readers)


def _holds_pairs(step: Step, reader: Node) -> bool:
    if reader.name not in _OF_PAIRS or reader.shapes[0] != () or len(reader.parents) != 2:
        return False
    sides = [step.node(parent.node) for parent in reader.parents]
    shapes = {step.tape.shape(side.parents[0]) for side in sides if len(side.parents) == 1}
    if not {side.name for side in sides} <= CUTS or len(shapes) != 1 or sides[0].shapes != sides[1].shapes:
        return False
    # Of equal sizes one side may hold the samples where the other holds the steps.
    return len({*shapes.pop()[:2]}) == 2
