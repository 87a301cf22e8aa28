"""A measure of whole answers, such as words of several letters, that asks all samples about each letter instead."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.features_axis import features_of, followed
from shapecheck.capture.instruments.axes.hits import hit_of, is_averaged, is_guessed, reduced_axis
from shapecheck.capture.instruments.axes.samples_axis import samples_axis
from shapecheck.capture.instruments.axes.samples_of_models import KnownSamples, samples_of_outputs
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ATTENTIONS, CONVERTS, RECURRENT
from shapecheck.findings import Fix

_ALL = frozenset(["all", "prod", "amin", "min"])
_THRESHOLDS = frozenset(["gt", "ge", "round", "sigmoid"])


def exact_match(step: Step, known: KnownSamples) -> Iterator[Sighting]:
    """``(guess == labels).all(dim=0).float().mean()``: of how many places all samples of the batch are right."""
    for node in step.recorded:
        if node.name not in _ALL or not node.parents or not node.shapes or node.index in step.to_loss:
            continue
        hit = hit_of(step, node.parents[0])
        shape = step.tape.shape(node.parents[0])
        if hit is None or len(shape) < 2 or min(shape) < 2 or hit.shapes[0] != shape:
            continue
        axis = reduced_axis(node, len(shape))
        if axis is None or len(hit.parents) != 2 or not is_averaged(step, node):
            continue
        labels = [ref for ref in hit.parents if not is_guessed(step, ref) and step.tape.shape(ref) == shape]
        if len(labels) != 1:
            continue
        samples = _samples_axis(step, labels[0])
        if samples is None:
            samples = samples_of_outputs(step, hit.ref, known) if known else _beside_places(step, hit)
        if samples != axis:
            continue
        others = tuple(at for at in range(len(shape)) if at != axis)
        text = (
            f"axis {axis} of {shape} holds the {shape[axis]} samples of the batch: what is averaged is at how many of "
            f"the {shape[others[0]]} places all samples are right, not how many samples are right at all places"
        )
        arguments = ", ".join(map(str, others))
        edits = other_axis(node, others[0]) if len(others) == 1 else ()
        title = f"{node.name}(dim={arguments if len(others) == 1 else f'({arguments})'})"
        yield sighted("exact_over_samples", node, text, (Fix(title, edits, "no"),))
        return


def _samples_axis(step: Step, ref: Ref) -> int | None:
    for at, _ in backwards(step.tape, ref, CONVERTS):
        found = 0 if at.node in step.tape.drawn else samples_axis(step.tape, at)
        if found is not None:
            return found
    return None


def _beside_places(step: Step, hit: Node) -> int | None:
    """The first axis of guesses, where no layer walks along steps: of one for each feature, or of several an image."""
    if any(node.name in RECURRENT | ATTENTIONS for node in step.recorded):
        return None
    order = sorted(step.to_loss)
    features = features_of(step.tape, order)
    images = {node.parents[0]: 0 for node in step.of_loss if node.name == "conv2d" and len(node.shapes[0]) == 4}
    pictured = followed(step.tape, images, order, through_layers=True)
    for ref in hit.parents:
        for at, node in backwards(step.tape, ref, CONVERTS | _THRESHOLDS):
            if len(node.shapes[at.out]) == 2 and features.get(at) == 1:
                return 0
            if node.name == "argmax" and reduced_axis(node, 3) == 2 and pictured.get(node.parents[0]) == 0:
                return 0
    return None


PROBE = Probe(
    "whole answers are measured sample by sample",
    lambda look: exact_match(look.step, look.samples),
    in_evaluation=True,
)
