"""Masks that are told a step, and neither drawn in it nor made of anything that was learned."""

from __future__ import annotations

from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.capture.recording.vocabulary import DRAWS, DROPS, NOISE

_DRAWN = DRAWS | NOISE | DROPS


def is_told_beforehand(step: Step, mask: Ref) -> bool:
    """Whether a mask is neither drawn in this step nor made of anything that was learned."""
    made = [step.node(index) for index in ancestors(step.tape, [mask], step.first)]
    return not any(one.name in _DRAWN or any(ref in step.learned for ref in one.parents) for one in made)
