"""Tensors joined along an axis that they do not have, which was reckoned: side by side along the last one."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, operand, tensors
from shapecheck.reading.mismatches import sizes_of

_COST = 0.1
_ALONG = "along which axis they were meant to be joined is not known, and a missing axis may be what is wrong"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.cat(parts, -1)`` for an axis behind the last one."""
    operation = failed(evidence, "cat", "concat", "concatenate")
    told = operand(operation, "dim", "axis")
    shapes = [sizes_of(item) for item in tensors(operation)]
    if told is None or told.span is None or not told.value.text.isdecimal() or len({len(each) for each in shapes}) != 1:
        return []
    if not 1 < len(shapes[0]) <= int(told.value.text) or len({each[:-1] for each in shapes}) != 1:
        return []
    # Sizes that differ along the last axis leave no other one; nor do two single ones, as of maps that were pooled,
    # where a single one alone may be that of the steps.
    is_sure = len(set(shapes)) > 1 or (len(shapes[0]) > 3 and set(shapes[0][1:-1]) == {1})
    return [Candidate(f"{told.span.text} -> -1", (Change(told.span, "-1"),), (), _COST, "" if is_sure else _ALONG)]
