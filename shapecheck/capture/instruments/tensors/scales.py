"""Rows of places that were laid out evenly, such as the atoms of a distribution: they are those of no sample."""

from __future__ import annotations

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import ARITHMETIC, HANDS_ON

_SCALES = frozenset(["linspace", "logspace"])


def meets_scale(step: Step, node: Node) -> bool:
    """Whether one of the operands was laid out as a scale, and at most moved and stretched by numbers."""
    made = (origin(step.tape, ref, HANDS_ON | ARITHMETIC, is_alone=True)[1] for ref in node.parents)
    return any(one.name in _SCALES for one in made)
