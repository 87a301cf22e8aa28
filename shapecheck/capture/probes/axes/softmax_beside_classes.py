"""A softmax in a measure that runs along another axis than the classes, in front of the search for the likeliest."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.classes import Known, above, measured_classes
from shapecheck.capture.instruments.axes.guesses import PICKS, is_held_against, sought_along
from shapecheck.capture.instruments.tensors.products import is_of_pairs
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.replay import unchanged
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import SOFTMAXES
from shapecheck.findings import Fix


def softmax_beside_classes(step: Step, known: Known | None = None) -> Iterator[Sighting]:
    """``scores.softmax(-1).argmax(1)`` held against labels: the classes are compared by how they spread over positions.

    Along the classes a softmax leaves the order as it is. What each class was divided by along another axis is its own,
    so another one may come out on top; told where one does.
    """
    classes = measured_classes(step, known or {})
    for node in step.nodes:
        along = sought_along(step, node) if node.name in PICKS and node.parents else None
        if along is None or not classes:
            continue
        between: list[tuple[Node, int]] = []
        for ref, axis in above(step, node.parents[0], along):
            item = classes.get(ref)
            if item is not None:
                other = _beside(step, between) if axis == item.axis and is_held_against(step, node, item) else None
                changed = _changed(step, node, other[0]) if other is not None else None
                if other is not None and changed is not None and changed[0] and not is_of_pairs(step, node):
                    yield _told(step, node, *other, *changed)
                    return
                break
            between.append((step.node(ref.node), axis))


def _beside(step: Step, between: list[tuple[Node, int]]) -> tuple[Node, int] | None:
    """The softmax that runs along another axis than the classes, and where these are in it."""
    for node, axis in between:
        ndim = len(step.tape.shape(node.parents[0])) if node.parents else 0
        along = axis_of(node, ndim) if node.name in SOFTMAXES else None
        if along is not None and along != axis and node.spot is not None:
            return node, axis
    return None


def _changed(step: Step, node: Node, softmax: Node) -> tuple[int, int] | None:
    """How many of all guesses are others without the softmax."""
    guess = Ref(node.index, len(node.shapes) - 1)
    try:
        base, after = step.run_with(None)[guess], step.run_with({softmax.index: unchanged})[guess]
    except (KeyError, RuntimeError):
        return None
    return int((base != after).sum()), base.numel()


def _told(step: Step, node: Node, softmax: Node, axis: int, changed: int, total: int) -> Sighting:
    shape = step.tape.shape(softmax.parents[0])
    text = (
        f"{softmax.name} runs along axis {axis_of(softmax, len(shape))} of {shape}; the loss takes axis {axis} for the "
        f"classes, and {node.name} seeks the likeliest of these. {changed} of {total} guesses are others than those of "
        "the scores"
    )
    fix = Fix(f"dim={axis}", other_axis(softmax, axis), "no")
    return sighted("softmax_beside_classes", softmax, text, (fix,))


PROBE = Probe(
    "what is measured of classes is normalised along these",
    lambda look: softmax_beside_classes(look.step, look.classes),
    in_evaluation=True,
    turn=Turn.LAST,
)
