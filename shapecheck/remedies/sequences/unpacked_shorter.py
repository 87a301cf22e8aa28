"""Steps that packing left out, put back where it is unpacked: ``total_length``."""

from __future__ import annotations

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import with_keyword
from shapecheck.reading.steps.unpacked import unpacked_shorter

CAUSE = "unpacked_to_longest"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The length of what was packed, asked for where it is unpacked."""
    found = unpacked_shorter(evidence)
    text = f"{found.name}.size({found.axis})" if found is not None else ""
    change = with_keyword(found.call, "total_length", text) if found is not None else None
    return [Candidate(f"total_length={text}", (change,), (), 0.05)] if change is not None else []
