"""A Linear of one feature that was given one number for each of the steps, which have features beside it."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed, number, operand, took_a_feature
from shapecheck.reading.mismatches import sizes_of

_COST = 0.02
_OF_SAMPLES = "something beside it has so many numbers for each sample, which may be to go with one number of each"
_LAST = "the last of the features was taken, where the last step may have been meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``self.coverage(past.unsqueeze(-1))`` beside ``self.memory(memory)``, where past is (batch, steps)."""
    operation = failed(evidence, "Linear")
    item = operand(operation, "input")
    if operation is None or item is None or item.span is None or number(operation, "in_features") != 1:
        return []
    sizes = sizes_of(item)
    held = [each.record.shape for each in evidence.held.values() if each.record is not None]
    if len(sizes) < 2 or 1 in sizes or not any(each[:-1] == sizes for each in held):
        return []
    change, of_samples = suffixed(item.span, ".unsqueeze(-1)"), (sizes[0], number(operation, "out_features"))
    doubt = _LAST if "-1]" in took_a_feature(evidence) else _OF_SAMPLES if of_samples in held else ""
    return [Candidate(change.text, (change,), (Step("unsqueeze", item.role, (-1,)),), _COST, doubt)]
