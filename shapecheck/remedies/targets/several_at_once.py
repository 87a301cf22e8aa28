"""Predictions that hold several steps of the target in each of theirs: laid out as the target's steps."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, failed
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.size_texts import asked
from shapecheck.remedies.moves import put_behind

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``pred.reshape(pred.size(0), -1, mel.size(2))``, where the target is so often longer as it is narrower."""
    return list(_laid_out(evidence))


def _laid_out(evidence: Evidence) -> Iterator[Candidate]:
    operation = failed(evidence, *SAME_SHAPE_LOSSES)
    item = operation.argument("input") if operation is not None else None
    target = operation.argument("target") if operation is not None else None
    have, want = (sizes_of(each) for each in (item, target))
    if item is None or target is None or len(have) != 3 or len(want) != 3 or have[0] != want[0]:
        return
    times, rest = divmod(have[2], want[2] or 1)
    if rest or times < 2 or have[1] < 2 or want[1] != times * have[1] or want == (have[0], have[2], have[1]):
        return
    samples = asked(item, 0) if item.expression.isidentifier() else asked(target, 0)
    width = asked(target, 2)
    step = Step("reshape", item.role, want)
    yield from put_behind(evidence, item, f".reshape({samples}, -1, {width})", [step], cost=_COST)
