"""A softmax in front of a loss, along another axis than the one that the loss takes for the classes."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.classes import above
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.likelihoods import may_be_normalised
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, LOG_PROBABILITY_LOSSES, SOFTMAXES
from shapecheck.findings import Fix

_NORMALISES = "cross_entropy"
_LOGARITHMS = frozenset(["log_softmax", "log"])
_DIVISORS = frozenset(["add", "sum", "pow", "square", "mean"])
_ROUNDED = 1e-2


def normalised_beside_classes(step: Step) -> Iterator[Sighting]:
    """``nll_loss(scores.log_softmax(1).flatten(0, 1), labels)`` for scores ``(batch, time, class)``.

    The loss wants the logarithms of a distribution over the classes. Told where there was one normalisation, along
    another axis, and where what the loss is fed with adds up to one over its classes in no way. What picks the number
    of each label itself, ``log_probs.gather(-1, labels[..., None])``, is such a loss as well, and what multiplies with
    labels of zeros and a one, as an overlap does. A cross entropy normalises along its classes by itself.
    """
    for node in step.nodes:
        classes = _classes(step, node) if node.index in step.to_loss and node.parents else None
        fed = _fed(step, node) if classes is not None else None
        found = _normalised(step, fed, classes) if fed is not None and classes is not None else None
        if fed is None or classes is None or found is None or _is_normalised(step, node, fed, classes):
            continue
        made, axis = found
        along = axis_of(made, len(made.shapes[0]))
        if node.name == "gather" and (axis != classes or not _differs(step, node.parents[1], along)):
            # One distribution of several was picked, as a whole.
            continue
        if node.name == _NORMALISES and made.name not in _LOGARITHMS:
            # A softmax in front of another one, along whatever axis, is told of as such.
            continue
        if node.name == "mul" and not _are_labels(step, node, fed, made, along):
            continue
        text = f"{made.name} runs along axis {along} of {made.shapes[0]}, and {_why(node, made, axis)}"
        yield sighted("normalised_beside_classes", made, text, (Fix(f"dim={axis}", other_axis(made, axis), "no"),))
        return


def _why(node: Node, made: Node, axis: int) -> str:
    size = made.shapes[0][axis]
    if node.name == "mul":
        return (
            f"what comes out is multiplied with labels that have their one among the {size} of axis {axis}: these are "
            "the classes, and their probabilities do not add up to one"
        )
    if node.name == _NORMALISES:
        return (
            f"{node.name} takes axis {axis} for the classes, along which it normalises by itself: this only makes the "
            "scores of one position depend on those of others"
        )
    return (
        f"{node.name} takes axis {axis} for the classes: the {size} numbers of a position are the logarithms of no "
        "distribution, so all of them grow at once, and the loss has no bound"
    )


def _fed(step: Step, node: Node) -> Ref:
    """What was learned of what a loss reads: that of a product with labels may come second."""
    return next((ref for ref in node.parents[:2] if ref in step.learned), node.parents[0])


def _classes(step: Step, node: Node) -> int | None:
    """The axis that a loss of logarithms takes for the classes in what it is fed with."""
    fed = node.parents[0]
    shape = step.tape.shape(fed)
    if node.name == "mul":
        return _of_ones(step, node)
    if fed not in step.learned or not shape:
        return None
    if node.name == "gather" and len(node.parents) == 2 and node.parents[1] not in step.learned:
        axis, picked = axis_of(node, len(shape)), step.tape.shape(node.parents[1])
        is_one = axis is not None and picked == (*shape[:axis], 1, *shape[axis + 1 :])
        return axis if is_one and step.node(origin(step.tape, fed, CONVERTS)[0].node).name in _LOGARITHMS else None
    if node.name not in LOG_PROBABILITY_LOSSES | {_NORMALISES}:
        return None
    return len(shape) - 1 if node.name == "ctc_loss" else min(1, len(shape) - 1)


def _of_ones(step: Step, node: Node) -> int | None:
    """The one axis along which labels that are multiplied with what was learned have a single one among zeros.

    It is asked outside of what has parameters, where a mask or a choice may be such a tensor as well.
    """
    fed, labels = _fed(step, node), [ref for ref in node.parents if ref not in step.learned]
    is_inside = node.root >= 0 and has_parameters(step.tape.roots[node.root].module)
    if is_inside or len(node.parents) != 2 or len(labels) != 1:
        return None
    if step.tape.shape(fed) != step.tape.shape(labels[0]) or len(step.tape.shape(fed)) < 3:
        return None
    value = step.value(labels[0])
    if not are_truths(value):
        return None
    readers = step.readers(node)
    if any(other.name == "mul" and len(step.learned & {*other.parents}) > 1 for other in readers):
        # They weigh the numbers of something else.
        return None
    axes = [axis for axis, size in enumerate(value.shape) if size > 1 and bool((value.sum(axis) == 1).all())]
    return axes[0] if len(axes) == 1 else None


def _is_normalised(step: Step, node: Node, fed: Ref, classes: int) -> bool:
    if node.name != "mul":
        return may_be_normalised(step, fed, classes)
    value = step.value(fed).double()
    return bool(((value.sum(classes) - 1).abs() < _ROUNDED).all()) or may_be_normalised(step, fed, classes)


def _are_labels(step: Step, node: Node, fed: Ref, made: Node, along: int | None) -> bool:
    """Whether ones that are multiplied with what was normalised are labels, and no choice of something as a whole.

    What was spread along an axis picks all that stands there; ones that are single along both axes match items with
    items. Probabilities are measured by an overlap, which is divided by their sum; of others the loss is a logarithm.
    """
    value = step.value(next(ref for ref in node.parents if ref not in step.learned))
    at = next((axis for ref, axis in above(step, fed, along or 0) if ref.node == made.index), along)
    sizes = enumerate(value.shape)
    if at is None or any(size > 1 and bool((value == value.narrow(axis, 0, 1)).all()) for axis, size in sizes):
        return False
    if value.ndim == len(made.shapes[0]) and bool((value.sum(at) <= 1).all()):
        return False
    others = (other for other in step.readers(fed) if other is not node)
    return made.name != "softmax" or any(other.root < 0 and other.name in _DIVISORS for other in others)


def _differs(step: Step, labels: Ref, axis: int | None) -> bool:
    """Whether labels are others along an axis: an index that was spread along it picks all that stands there."""
    value = step.value_of_input(labels)
    return axis is not None and value is not None and bool((value != value.narrow(axis, 0, 1)).any())


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
