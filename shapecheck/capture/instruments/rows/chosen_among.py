"""Weights by which some of the samples are chosen, as an expert chooses its tokens."""

from __future__ import annotations

from shapecheck.capture.instruments.axes.classes import above
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import HANDS_ON

_CHOOSES = frozenset(["multinomial", "topk"])
# Whole rows; what is gathered along an axis of steps would be chosen just so, where it is that axis that was meant.
_TAKES = frozenset(["__getitem__", "index_select", "index_add"])


def is_chosen_among(step: Step, node: Node, axis: int) -> bool:
    """Whether some of the items of an axis are chosen by what a softmax says of them, and taken somewhere.

    What runs along the samples is meant to then: an expert chooses among them.

    Args:
        step: The step.
        node: The softmax.
        axis: The axis along which it runs.
    """
    return any(
        (node.ref, axis) in above(step, choice.parents[0], along) and _is_taken(step, choice)
        for choice in map(step.node, range(node.index + 1, step.last))
        if choice.name in _CHOOSES and choice.parents
        if (along := _axis_of_choice(step, choice)) is not None
    )


def _axis_of_choice(step: Step, choice: Node) -> int | None:
    ndim = len(step.tape.shape(choice.parents[0]))
    if choice.name == "multinomial":
        return ndim - 1
    along = axis_of(choice, ndim)
    return ndim - 1 if along is None else along


def _is_taken(step: Step, choice: Node) -> bool:
    chosen = {Ref(choice.index, len(choice.shapes) - 1)}
    for node in map(step.node, range(choice.index + 1, step.last)):
        if node.name in _TAKES and not chosen.isdisjoint(node.parents[1:]):
            return True
        if node.name in HANDS_ON and node.parents[0] in chosen:
            chosen.add(node.ref)
    return False
