"""A mean, a sum or a largest number along another axis than what it meets is without: ``x.mean(dim=2)``."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, failed
from shapecheck.reading.mismatches import ELEMENTWISE, pair, sizes_of, without_axis
from shapecheck.reading.reductions import reductions_behind

CAUSE = "reduced_along_other_axis"
_COST = 0.1
_EITHER = "two of its axes are of one size, and either may be the one that is to go"
_OTHER = "the other one may be what is reduced along the wrong axis"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The one axis without which the reduced tensor has the other operand's shape."""
    operands = pair(failed(evidence, *ELEMENTWISE, *SAME_SHAPE_LOSSES))
    if operands is None:
        return []
    ways = [list(_along(evidence, item, sizes_of(other))) for item, other in (operands, operands[::-1])]
    doubt = _OTHER if all(ways) else ""
    return [each.doubted(doubt) for way in ways for each in way]


def _along(evidence: Evidence, item: Argument, want: tuple[int, ...]) -> Iterator[Candidate]:
    for found in reductions_behind(evidence, item):
        fitting = [at for at in range(len(found.whole)) if without_axis(found.whole, at) == want]
        for at in fitting:
            change = Change(found.place, str(at))
            doubt = _EITHER if len(fitting) > 1 else ""
            trial = (Step("stand_in", item.role, want),)
            yield Candidate(f"axis {found.place.text} -> {at}", (change,), trial, _COST, doubt)
        if fitting:
            return
