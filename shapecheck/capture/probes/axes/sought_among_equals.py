"""The likeliest among numbers that a softmax along an axis of one has made all the same."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.guesses import PICKS, sought_along
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS, CUTS, SELECTS, SOFTMAXES
from shapecheck.findings import Fix

_HANDS_ON = SELECTS | CUTS | CONVERTS | AXES_OF_ONE | {"exp", "log", "neg", "cpu"}


def sought_among_equals(look: Look) -> Iterator[Sighting]:
    """``scores.log_softmax(-2)[0].topk(5)`` of one row of scores: each is shared out with itself, and all are 0.

    With several rows at once the numbers differ, and are shares of the rows all the same.
    """
    step = look.step
    first = step.tape.evaluated_from if step.first == step.last else step.first
    for node in step.tape.nodes[first : step.last]:
        shape = step.tape.shape(node.parents[0]) if node.name in SOFTMAXES and node.parents else ()
        along = axis_of(node, len(shape)) if shape else None
        if along is None or shape[along] != 1 or max(shape) < 2 or node.spot is None:
            continue
        found = _sought(step, node)
        if found is not None:
            others = [axis for axis, size in enumerate(shape) if size > 1]
            text = (
                f"{node.name} runs along axis {along} of {shape}, which holds one item: all that comes out is "
                f"{'1' if node.name == 'softmax' else '0'}, and among these {found.name} seeks"
            )
            title = f"dim={others[-1] - len(shape)}"
            yield sighted("softmax_beside_classes", node, text, (Fix(title, other_axis(node, others[-1]), "no"),))
            return


def _sought(step: Step, softmax: Node) -> Node | None:
    """What seeks the largest of several among what a softmax has made, as it is."""
    reached = {softmax.ref}
    for node in step.tape.nodes[softmax.index + 1 : step.last]:
        if not node.parents or node.parents[0] not in reached:
            continue
        shape = step.tape.shape(node.parents[0])
        if node.name in PICKS:
            axis = sought_along(step, node) if len(shape) > 1 else len(shape) - 1
            if axis is not None and shape[axis] > 1:
                return node
        elif node.name in _HANDS_ON:
            reached.add(node.ref)
    return None


PROBE = Probe(
    "what is sought is sought among numbers that differ",
    sought_among_equals,
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
    turn=Turn.LAST,
)
