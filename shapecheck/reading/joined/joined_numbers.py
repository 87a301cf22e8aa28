"""Reads a join of tensors without axes, which has no axis to put them together along."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, says
from shapecheck.reading.mismatches import JOINS

_REFUSED = (r"zero-dimensional tensor \(at position 0\) cannot", r"zero-dimensional arrays cannot be concatenated")


def joined_numbers(evidence: Evidence) -> int | None:
    """How many numbers could not be joined, as far as they were looked at; None if it is something else."""
    operation = failed(evidence, *JOINS)
    if operation is None or says(evidence, *_REFUSED) is None:
        return None
    values = [
        part for item in operation.arguments for part in (item.value.items if item.value.items else (item.value,))
    ]
    records = [each.record for each in values if each.record is not None]
    if any(each.shape for each in records):
        return None
    return len(records)
