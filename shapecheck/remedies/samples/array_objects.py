"""An array of objects or of text made one of numbers, where a tensor is made of it."""

from __future__ import annotations

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.joined.array_objects import array_of_objects

CAUSE = "array_of_objects"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``features.astype("float32")``."""
    item = array_of_objects(evidence)
    if item is None or item.span is None:
        return []
    change = suffixed(item.span, '.astype("float32")')
    return [Candidate(change.text, (change,), (), 0.05)]
