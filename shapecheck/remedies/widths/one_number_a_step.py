"""A Linear of one feature that was given one number for each of the steps, which have features beside it."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed, number, operand
from shapecheck.reading.mismatches import sizes_of

_COST = 0.02


def candidates(evidence: Evidence) -> list[Candidate]:
    """``self.coverage(past.unsqueeze(-1))`` beside ``self.memory(memory)``, where past is (batch, steps)."""
    operation = failed(evidence, "Linear")
    item = operand(operation, "input") if operation is not None else None
    if operation is None or item is None or item.span is None or number(operation, "in_features") != 1:
        return []
    sizes, frame = sizes_of(item), evidence.user_frame
    held = [each.record.shape for each in frame.names.values() if each.record is not None] if frame is not None else []
    if len(sizes) < 2 or 1 in sizes or not any(each[:-1] == sizes for each in held):
        return []
    change = suffixed(item.span, ".unsqueeze(-1)")
    return [Candidate(change.text, (change,), (Step("unsqueeze", item.role, (-1,)),), _COST)]
