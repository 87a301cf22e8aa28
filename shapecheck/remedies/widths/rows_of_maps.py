"""The width of a flattened map written anew, where a view by it has folded the samples into other rows."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.folded_rows import folded_rows
from shapecheck.remedies.widths.reckoned import WRITTEN_OVER
from shapecheck.remedies.widths.written_products import is_written_out, written_anew

_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """The width that a sample has, for the view and for the Linear behind it."""
    found = folded_rows(evidence)
    if found is None:
        return []
    changes = [Change(span, written_anew(span.text, found.right)) for span in found.places]
    doubt = WRITTEN_OVER if any(not is_written_out(span.text) for span in found.places) else ""
    title = f"{found.places[0].text} -> {changes[0].text}"
    return [Candidate(title, tuple(changes), (), _COST, doubt)]
