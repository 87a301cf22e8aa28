"""Guesses: along which axis the likeliest is sought, and whether what was found is held against labels."""

from __future__ import annotations

from shapecheck.capture.instruments.axes.classes import KEEPS_CLASSES, Classes, origin_of
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS, EQUALS

PICKS = frozenset(["argmax", "max", "topk", "sort", "argsort"])


def sought_along(step: Step, node: Node) -> int | None:
    """The axis along which the likeliest is sought."""
    ndim = len(step.tape.shape(node.parents[0]))
    along = axis_of(node, ndim)
    if along is None and node.name in ("topk", "sort", "argsort"):
        along = _given(node, ndim)
    return along if ndim > 1 else None


def _given(node: Node, ndim: int) -> int:
    at = 2 if node.name == "topk" else 1
    value = node.argument(at, "dim", default=-1)
    return value % ndim if isinstance(value, int) and not isinstance(value, bool) else ndim - 1


def is_held_against(step: Step, node: Node, item: Classes) -> bool:
    """Whether what was found is compared with the labels of the loss."""
    guess = {Ref(node.index, len(node.shapes) - 1)}
    for index in range(node.index + 1, step.last):
        other = step.node(index)
        mine = [ref for ref in other.parents if ref in guess]
        if not mine:
            continue
        if other.name in KEEPS_CLASSES | CUTS | {"squeeze"}:
            guess.add(Ref(index))
            continue
        label = next((ref for ref in other.parents if ref not in guess), None)
        if other.name not in EQUALS or label is None or label in step.learned:
            continue
        if step.tape.dtype(label).is_floating_point or step.tape.shape(label) != step.tape.shape(mine[0]):
            continue
        if item.labels is None or origin_of(step, label) == item.labels:
            return True
    return False
