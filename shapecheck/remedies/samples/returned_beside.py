"""Numbers that were returned with something beside them: the numbers alone, where they are returned."""

from __future__ import annotations

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.compared.returned_beside import returned_beside
from shapecheck.remedies.moves import put_behind


def candidates(evidence: Evidence) -> list[Candidate]:
    """``env.reset()[0]``."""
    item = returned_beside(evidence)
    return put_behind(evidence, item, "[0]", [], cost=0.05, prefer="origin") if item is not None else []
