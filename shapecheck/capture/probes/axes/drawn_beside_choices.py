"""A choice that is drawn by weights that add up to one along another axis than the choices."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.classes import above
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.findings import Fix


def drawn_beside_choices(step: Step) -> Iterator[Sighting]:
    """``torch.multinomial(logits[:, -1].softmax(0), 1)``: with one sample every choice has the weight one.

    torch draws along the last axis, whatever the weights add up to along it.
    """
    for node in step.recorded:
        if node.name != "multinomial" or not node.parents or node.parents[0] not in step.learned:
            continue
        last = len(step.tape.shape(node.parents[0])) - 1
        found = [(step.node(ref.node), axis) for ref, axis in above(step, node.parents[0], last)]
        made = [(one, axis) for one, axis in found if one.name == "softmax"]
        if len(made) != 1:
            continue
        softmax, choices = made[0]
        along, shape = axis_of(softmax, len(softmax.shapes[0])), softmax.shapes[0]
        if along is None or along == choices or softmax.spot is None or shape[choices] < 2:
            continue
        text = (
            f"softmax runs along axis {along} of {shape}, and multinomial draws one of the {shape[choices]} items of "
            f"axis {choices}, by weights that do not add up to one along it: what is said of the items is lost"
            + (", for each of them has the weight 1" if shape[along] == 1 else "")
        )
        fix = Fix(f"dim={choices}", other_axis(softmax, choices), "no")
        yield sighted("drawn_beside_choices", softmax, text, (fix,))
        return


PROBE = Probe(
    "what is drawn is drawn by weights of the choices",
    lambda look: drawn_beside_choices(look.step),
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
    turn=Turn.LAST,
)
