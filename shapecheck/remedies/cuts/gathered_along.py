"""The axis of a gather, and the place of the axis of one in its index, where another one was meant."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.joined.gathered_along import gathered_along

CAUSE = "gathered_along_other_axis"
_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """``q.gather(2, action.unsqueeze(2)).squeeze(2)``: all three together."""
    found = gathered_along(evidence)
    if found is None or not found.written:
        return []
    count = len(found.sizes)
    changes = tuple(
        Change(each, str(found.axis - count if each.text.startswith("-") else found.axis)) for each in found.written
    )
    return [Candidate(f"along axis {found.axis}", changes, (), _COST)]
