"""A softmax of a single score: whatever the score, it says 1."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.single_scores import single_scores
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import SOFTMAXES
from shapecheck.findings import Fix


def softmax_of_one(step: Step) -> Iterator[Sighting]:
    """A softmax along an axis that was made for one score, by a layer with one output or by hand: it says 1."""
    single = single_scores(step)
    for node in step.of_loss:
        if node.name not in SOFTMAXES or not node.parents:
            continue
        shape = step.tape.shape(node.parents[0])
        along = axis_of(node, len(shape))
        if along is None or shape[along] != 1 or single.get(node.parents[0]) != along:
            continue
        if any(other.repeats(node) and other.shapes[0][along : along + 1] not in ((), (1,)) for other in step.of_loss):
            # Scores that grow in number begin with one.
            continue
        fixes = tuple(_with_influence(step, node, shape, along))
        text = (
            f"{node.name} runs along axis {along} of {shape}, where each position has its only score: every weight is "
            f"{'1' if node.name == 'softmax' else '0'}, whatever the layers say that make the scores, and these learn "
            "nothing"
        )
        yield sighted("softmax_of_one", node, text, fixes)


def _with_influence(step: Step, node: Node, shape: tuple[int, ...], along: int) -> Iterator[Fix]:
    for axis in range(1, len(shape)):
        if axis == along or shape[axis] < 2:
            continue
        try:
            before, after = step.run(), step.run_with({node.index: _along(node, axis)})
        except Exception:
            # It does not fit, so it was not meant.
            continue
        if any(bool(difference(before[term.ref], after[term.ref]).any()) for term in step.terms):
            yield Fix(f"dim={axis}", other_axis(node, axis), "call", "the scores have an influence")
            return


def _along(node: Node, axis: int) -> Run:
    return lambda values, *_, **__: getattr(values, node.name)(axis)


PROBE = Probe(
    "no softmax runs along a single score",
    lambda look: softmax_of_one(look.step),
)
