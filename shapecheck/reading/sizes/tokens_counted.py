"""Tells whether a number is how many tokens or labels there are, by the largest of some that are at hand."""

from __future__ import annotations

from shapecheck.evidence import Evidence


def are_counted(evidence: Evidence, count: int) -> bool:
    """Whether the whole numbers of some tensor at hand go up to just below a count."""
    held = [each for each in evidence.held_anywhere if each.record is not None and each.record.dtype == "int64"]
    return any(each.facts.get("max") == count - 1 for each in held)
