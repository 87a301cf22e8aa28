"""Targets that the model reads as well, as a decoder that is taught does: what is held still to see each part alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from shapecheck.capture.instruments.steps.asked import compared
from shapecheck.capture.recording.replay import Run, as_it_was, refs_above
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref


@dataclass(frozen=True, slots=True)
class Taught:
    """What a loss is given of an input that it asks for.

    Args:
        source: The input.
        predictions: What is predicted, as it was: with it only what is asked for moves with the input.
        targets: What is asked for, as it was: with it only what is predicted does.
    """

    source: Ref | None = None
    predictions: Mapping[int, Run] = field(default_factory=dict)
    targets: Mapping[int, Run] = field(default_factory=dict)


NOT_TAUGHT = Taught()


def taught_targets(step: Step) -> Iterator[Taught]:
    """The inputs of a model that a loss asks for too, with nothing learned in between."""
    for source in step.inputs:
        pairs = [
            (predicted, target)
            for _, predicted, target, _ in compared(step)
            if source in refs_above(step.tape, target, step.first)
        ]
        if pairs and source not in step.targets:
            yield Taught(
                source,
                {predicted.node: as_it_was(step.value(predicted)) for predicted, _ in pairs},
                {target.node: as_it_was(step.value(target)) for _, target in pairs if target != source},
            )
