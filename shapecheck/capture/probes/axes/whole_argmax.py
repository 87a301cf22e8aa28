"""One index into a whole matrix that is held against a label for each row."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.pairs import operands, predicted_in
from shapecheck.capture.instruments.trials.sighting import Sighting, in_call, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import EQUALS
from shapecheck.findings import Fix


def whole_argmax(step: Step) -> Iterator[Sighting]:
    """One index into a whole matrix, held against a label for each row."""
    predicted = predicted_in(step)
    for node in step.recorded:
        if node.name not in EQUALS or node.spot is None:
            continue
        pair = operands(node)
        if pair is None:
            continue
        for one, other in (pair, pair[::-1]):
            made = step.node(one.node)
            if (
                made.name in ("argmax", "argmin")
                and step.tape.shape(one) == ()
                and one in predicted
                and len(step.tape.shape(made.parents[0])) >= 2
                and len(step.tape.shape(other)) == 1
                and step.tape.shape(other)[0] in step.tape.shape(made.parents[0])
                and other not in predicted
            ):
                text = (
                    f"argmax without dim gives one index into the whole {step.tape.shape(made.parents[0])}, "
                    f"which is then held against each of the labels {step.tape.shape(other)}"
                )
                yield sighted("index_into_the_whole", made, text, _one_for_each_row(step, made, other))


def _one_for_each_row(step: Step, made: Node, labels: Ref) -> tuple[Fix, ...]:
    if step.tape.shape(made.parents[0])[:-1] != step.tape.shape(labels):
        return ()
    return (Fix("dim=-1", in_call(made, "dim=-1"), "no"),)


PROBE = Probe(
    "labels are compared with one guess for each row",
    lambda look: whole_argmax(look.step),
    needs_no_run=True,
    in_evaluation=True,
)
