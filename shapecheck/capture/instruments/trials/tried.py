"""Whether a step runs with something else in the place of some operations."""

from __future__ import annotations

from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.findings import Verified


def tried(step: Step, instead: dict[int, Run]) -> Verified:
    """``"call"`` if it runs, ``"no"`` if not."""
    try:
        step.run_with(instead)
    except Exception:
        return "no"
    return "call"
