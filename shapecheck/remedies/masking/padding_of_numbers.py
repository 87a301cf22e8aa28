"""A padding mask of zeros and ones, which attention takes as truth values only: True where there is nothing to see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import failed, says
from shapecheck.reading.mismatches import dtype_of
from shapecheck.remedies.moves import put_behind

CAUSE = "mask_of_numbers"
_EITHER = "no row says whether a one is a step or padding"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``.bool()`` where a one is padding, ``== 0`` where it is a step: a sequence without padding shows which."""
    if not says(evidence, r"only bool and floating types of \w*mask"):
        return []
    for called in (failed(evidence), evidence.operation):
        masks = [item for item in called.arguments if item.role.endswith("key_padding_mask")] if called else []
        wrong = [item for item in masks if dtype_of(item).startswith("int")]
        if wrong:
            return [each for item in wrong for each in _as_truth(evidence, item)]
    return []


def _as_truth(evidence: Evidence, mask: Argument) -> Iterator[Candidate]:
    record, facts = mask.value.record, mask.value.facts
    if record is None or record.ndim != 2:
        return
    without, full = facts.get("row_sum_min") == 0, facts.get("row_sum_max") == record.shape[1]
    doubt = "" if without != full else _EITHER
    step = Step("to", mask.role, ("bool",))
    for suffix, is_it in ((".bool()", without), (".eq(0)", full)):
        if is_it or doubt:
            found = put_behind(evidence, mask, suffix, [step], cost=0.0 if is_it else 0.05)
            yield from (replace(each, doubt=doubt) for each in found)
