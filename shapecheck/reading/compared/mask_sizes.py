"""Reads which shape attention wanted a mask of queries and keys to have, by what it said."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.reading.failing import says

# In evaluation a layer of a Transformer takes another way, on which nobody looks at the mask before it is viewed.
_WANTED = (
    r"should be \((\d+), (\d+)\)",
    r"shape '\[1, 1, (\d+), (\d+)\]' is invalid for input of size \d+",
)


def wanted_of_mask(evidence: Evidence) -> tuple[int, int] | None:
    """How many queries and keys the mask was to be for; None if the exception is no such one."""
    found = says(evidence, *_WANTED)
    return (int(found.group(1)), int(found.group(2))) if found is not None else None
