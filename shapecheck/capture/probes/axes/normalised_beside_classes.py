"""A log_softmax in front of a loss, along another axis than the one that the loss takes for the classes."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.classes import above
from shapecheck.capture.instruments.tensors.likelihoods import may_be_normalised
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import SOFTMAXES
from shapecheck.findings import Fix

_OF_LOGARITHMS = frozenset(["nll_loss", "ctc_loss"])


def normalised_beside_classes(step: Step) -> Iterator[Sighting]:
    """``nll_loss(scores.log_softmax(1).flatten(0, 1), labels)`` for scores ``(batch, time, class)``.

    The loss wants the logarithms of a distribution over the classes. Told where there was one normalisation, along
    another axis, and where what the loss is fed with adds up to one over its classes in no way.
    """
    for index in step.order:
        node = step.node(index)
        if index not in step.to_loss or node.name not in _OF_LOGARITHMS or node.parents[0] not in step.learned:
            continue
        fed = node.parents[0]
        ndim = len(step.tape.shape(fed))
        classes = ndim - 1 if node.name == "ctc_loss" else min(1, ndim - 1)
        found = _normalised(step, fed, classes)
        if found is None or may_be_normalised(step, fed, classes):
            continue
        made, axis = found
        along, shape = axis_of(made, len(made.shapes[0])), made.shapes[0]
        text = (
            f"{made.name} runs along axis {along} of {shape}, and {node.name} takes axis {axis} for the classes: the "
            f"{shape[axis]} numbers of a position are the logarithms of no distribution, so all of them grow at once, "
            "and the loss has no bound"
        )
        yield sighted("normalised_beside_classes", made, text, (Fix(f"dim={axis}", other_axis(made, axis), "no"),))
        return


def _normalised(step: Step, fed: Ref, classes: int) -> tuple[Node, int] | None:
    """The one softmax before a loss, if it runs along another axis than the classes, and where those are in it."""
    found = [(step.node(ref.node), axis) for ref, axis in above(step, fed, classes)]
    made = [(node, axis) for node, axis in found if node.name in SOFTMAXES]
    if len(made) != 1 or made[0][0].spot is None:
        return None
    node, axis = made[0]
    # Behind several the last one may only be one turn of making both axes add up to one.
    is_first = step.node(node.parents[0].node).name not in SOFTMAXES
    return (node, axis) if is_first and axis_of(node, len(node.shapes[0])) not in (None, axis) else None


PROBE = Probe(
    "what a loss of logarithms is fed with is normalised along its classes",
    lambda look: normalised_beside_classes(look.step),
    turn=Turn.LAST,
)
