"""A tensor reduced along the very axis that the layer behind reads: ``fc(out.mean(2))`` where ``out`` is as wide."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, kind, number, operand
from shapecheck.reading.layers.layer_arguments import READ_LAST
from shapecheck.reading.mismatches import without_axis
from shapecheck.reading.reductions import reductions_behind
from shapecheck.reading.steps.layouts import batch_stands_first

CAUSE = "reduced_along_other_axis"
_COST = 0.05
_EITHER = "the samples or the steps may stand in front, and the other axis is the one to reduce"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The other axes, without which the one that the layer reads stays the last."""
    operation = failed(evidence, *READ_LAST)
    item = operand(operation, "input")
    if operation is None or item is None or item.span is None:
        return []
    found = next(reductions_behind(evidence, item), None)
    want = number(operation, READ_LAST[kind(operation)])
    if found is None or found.whole[found.axis] != want:
        return []
    is_samples_first, last = batch_stands_first(evidence), len(found.whole) - 1
    others = [at for at in range(last) if without_axis(found.whole, at)[-1] == want and at != found.axis]
    kept = 0 if is_samples_first else 1 if is_samples_first is False else -1
    others = [at for at in others if at != kept or len(found.whole) != 3]
    doubt = _EITHER if len(others) > 1 else ""
    return [
        Candidate(
            f"axis {found.place.text} -> {at}",
            (Change(found.place, str(at)),),
            (Step("stand_in", item.role, without_axis(found.whole, at)),),
            _COST,
            unless_read=doubt,
        )
        for at in others
    ]
