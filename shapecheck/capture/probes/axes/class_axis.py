"""The likeliest class is sought along an axis that does not hold the classes, by what the loss takes for them."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.classes import Known, above, measured_classes
from shapecheck.capture.instruments.axes.guesses import PICKS, is_held_against, sought_along
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix


def guessed_along_other_axis(step: Step, known: Known | None = None) -> Iterator[Sighting]:
    """A guess that is held against labels, and sought along another axis of the same scores than the classes'.

    The largest along another axis is worth something of its own (the moment at which a class peaks), so it counts only
    where it is compared with the labels of the loss.
    """
    classes = measured_classes(step, known or {})
    told: set[int] = set()
    picks = [step.node(index) for index in step.order if step.node(index).name in PICKS and step.node(index).parents]
    guessed = {ref for node in picks for ref, axis in _read(step, node) if ref in classes and classes[ref].axis == axis}
    for node in picks:
        shape, along = step.tape.shape(node.parents[0]), sought_along(step, node)
        if along is None or node.spot is None or node.spot.line in told:
            continue
        # The same axis, seen from the tensor that the loss knows.
        for ref, axis in above(step, node.parents[0], along):
            item = classes.get(ref)
            if item is None:
                continue
            new = next((at for at in range(len(shape)) if (ref, item.axis) in above(step, node.parents[0], at)), None)
            # Where the class is guessed as well, the other axis was meant: at which step a class is likeliest.
            if axis != item.axis and ref not in guessed and new is not None and is_held_against(step, node, item):
                told.add(node.spot.line)
                text = (
                    f"{node.name} runs along axis {along} of {shape}; the loss takes axis {new} for the classes. It "
                    f"says where along axis {along} a class is likeliest, and is held against labels, which say which "
                    "class is"
                )
                kind = "argmax_along_other_axis"
                yield sighted(kind, node, text, (Fix(f"dim={new}", other_axis(node, new), "no"),))
            break


def _read(step: Step, node: Node) -> Iterator[tuple[Ref, int]]:
    """The tensors that the loss may know, and the axis of each that is sought along."""
    along = sought_along(step, node)
    yield from above(step, node.parents[0], along) if along is not None else ()


PROBE = Probe(
    "the likeliest class is sought along the axis that the loss takes for the classes",
    lambda look: guessed_along_other_axis(look.step, look.classes),
    in_evaluation=True,
    turn=Turn.LAST,
)
