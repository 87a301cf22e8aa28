"""A softmax of what a softmax has made already, along the same axis."""

from __future__ import annotations

from collections.abc import Iterator
from math import e

from shapecheck.capture.instruments.trials.activation_edits import taken_out
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import SOFTMAXES
from shapecheck.findings import Fix


def softmax_of_softmax(step: Step) -> Iterator[Sighting]:
    """``model(x).softmax(-1)`` where the model ends in one: of n items none is more than e / (e + n - 1) likely.

    Probabilities that are scaled in between may be sharpened on purpose, and those along another axis are others.
    """
    for index in range(step.first, step.last):
        node = step.node(index)
        before = step.node(node.parents[0].node) if node.name in SOFTMAXES and node.parents else None
        if before is None or before.name != "softmax" or node.parents[0] not in step.learned or node.spot is None:
            continue
        axis, shape = axis_of(node, len(node.shapes[0])), node.shapes[0]
        if axis is None or axis != axis_of(before, len(before.shapes[0])) or shape[axis] < 2:
            continue
        most = e / (e + shape[axis] - 1)
        text = (
            f"{node.name} along axis {axis} of {shape} is given what a softmax{_line(before)} has made along it "
            f"already: probabilities from 0 to 1 are taken for scores, and none of these {shape[axis]} comes out above "
            f"{most:.2g}, however sure the model is"
        )
        title = "without the second softmax" if node.name == "softmax" else "log in the place of log_softmax"
        edits = taken_out(step, node) if node.name == "softmax" else ()
        yield sighted("softmax_of_softmax", node, text, (Fix(title, edits, "no"),))
        return


def _line(node: Node) -> str:
    return f" in line {node.spot.span.line}" if node.spot is not None else ""


PROBE = Probe(
    "no softmax is taken of what a softmax has made",
    lambda look: softmax_of_softmax(look.step),
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
)
