"""Classes that a view joined with the steps: ``out.view(n, -1, out.size(-1))`` for ``out.view(n, -1)``."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.joined.joined_classes import joined_classes

CAUSE = "classes_joined_with_steps"
_COST = 0.02


def candidates(evidence: Evidence) -> list[Candidate]:
    """The view with an axis for the classes, so that what is picked behind it is a step."""
    found = joined_classes(evidence)
    if found is None:
        return []
    text = f"-1, {found.scores}.size(-1)"
    return [Candidate(f"-1 -> {text}", (Change(found.rest, text),), (), _COST)]
