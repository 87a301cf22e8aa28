"""One matrix for each sample, multiplied by several for each: the axis that the first one lacks beside the samples."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of

_COST = 0.02


def candidates(evidence: Evidence) -> list[Candidate]:
    """``s.unsqueeze(1) @ adj`` for (batch, n, m) beside (batch, kinds, m, m), whose second axis meets the first."""
    operation = failed(evidence, "matmul")
    items = tensors(operation) if operation is not None else ()
    if len(items) != 2:
        return []
    left, right = map(sizes_of, items)
    if len(left) < 2 or len(right) < 2 or left[-1] != right[-2]:
        return []
    few, many = sorted(items, key=lambda each: len(sizes_of(each)))
    if few.span is None or not _lacks_second(few, many):
        return []
    change = suffixed(few.span, ".unsqueeze(1)")
    return [Candidate(change.text, (change,), (Step("unsqueeze", few.role, (1,)),), _COST)]


def _lacks_second(few: Argument, many: Argument) -> bool:
    """Whether the axes in front of the matrices are the same, but for one behind the samples."""
    own, other = sizes_of(few)[:-2], sizes_of(many)[:-2]
    return len(own) > 0 and own[0] > 1 and own == (*other[:1], *other[2:]) and len(other) == len(own) + 1
