"""Sums that add a tensor and take it off again, in one statement: it might as well not be there."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from shapecheck.capture.instruments.tensors.addends import addends, is_sum
from shapecheck.capture.instruments.tensors.graphs import graph_of
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.findings import Fix


def taken_off_again(step: Step) -> Iterator[Sighting]:
    """``1 + logvar - mean ** 2 - logvar``, or ``z + q - z``: no number and no gradient of the tensor is left.

    What is added in one line and taken off in another may be told so for those who read; nobody writes both into one
    sum. One that is taken off without its gradient is another thing: that leaves the gradient alone.
    """
    graph: set[int] | None = None
    for node in reversed(step.all_of_loss):
        if not is_sum(node) or node.spot is None or not node.graded:
            continue
        found = list(addends(step, node))
        added, off = ({ref for ref, is_off in found if is_off is side} for side in (False, True))
        both = added & off
        if not both or len(found) < 3:
            continue
        graph = graph_of(step.tape, step.loss, {}) if graph is None else graph
        for ref in sorted(both, key=lambda one: (one.node, one.out)):
            is_learned = ref.node in graph or step.node(ref.node).kind == "parameter"
            if is_learned and prod(step.tape.shape(ref)) > 1:
                line = step.node(ref.node).spot
                where = f" of line {line.line}" if line is not None else ""
                text = (
                    f"the tensor {step.tape.shape(ref)}{where} is added here and taken off again, with its gradient: "
                    "the sum is the same whatever it holds, and nothing is learned of it here"
                )
                yield sighted("taken_off_again", node, text, (Fix("one of both as it was meant", (), "no"),))
                return


PROBE = Probe(
    "no sum adds a tensor and takes it off again",
    lambda look: taken_off_again(look.step),
    needs_no_run=True,
)
