"""batch_first for a recurrent layer behind which there is a row for each step where one for each sample is wanted."""

from __future__ import annotations

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import as_whole, with_keyword
from shapecheck.reading.recurrent.exchanged_axes import exchanged

CAUSE = "batch_first_missing"
_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """The setting where the layer is made."""
    found = exchanged(evidence)
    if found is None:
        return []
    change = with_keyword(found.made, "batch_first", "True")
    return [Candidate("batch_first=True", (as_whole(found.made, change),), (), _COST)] if change is not None else []
