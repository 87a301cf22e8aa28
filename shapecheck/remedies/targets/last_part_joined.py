"""A prediction for all that was joined, beside targets for the part that was joined last: its last steps alone."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, failed, operand
from shapecheck.reading.joined.joins import Join, joins
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sizes.size_texts import asked
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.remedies.moves import put_behind

_COST = 0.05
_ROLES = (("input",), ("target", "other"))


def candidates(evidence: Evidence) -> list[Candidate]:
    """``net(x)[:, -y.size(1):]`` where what is known and as many zeros as ``y`` is long were read."""
    operation = failed(evidence, *SAME_SHAPE_LOSSES, "sub", "eq")
    given, target = (operand(operation, *roles) for roles in _ROLES)
    if given is None or target is None or given.span is None:
        return []
    sizes, wanted = sizes_of(given), sizes_of(target)
    if len(sizes) < 2 or len(sizes) != len(wanted) or sizes[0] != wanted[0] or sizes[2:] != wanted[2:]:
        return []
    if not 1 < wanted[1] < sizes[1]:
        return []
    return list(_last_steps(evidence, given, target, sizes[1], wanted[1]))


def _last_steps(evidence: Evidence, given: Argument, target: Argument, many: int, few: int) -> Iterator[Candidate]:
    assert given.span is not None
    found = [each for each in joins(evidence, given.span) if each.axis == 1 and len(each.parts) == 2]
    if not any(_ends_with(evidence, each, few) for each in found):
        return
    step = Step("narrow", given.role, (1, many - few, few))
    for each in put_behind(evidence, given, f"[:, -{asked(target, 1)}:]", [step], cost=_COST):
        if each.changes[0].span == given.span:
            yield each


def _ends_with(evidence: Evidence, join: Join, count: int) -> bool:
    """Whether the last of what is joined was made with so many steps."""
    last = join.parts[-1]
    sizes = [_steps(evidence, span) for span in spans_of(evidence, last)]
    return next((size for size in sizes if size is not None), None) == count


def _steps(evidence: Evidence, span: Span) -> int | None:
    sizes = written_sizes(span, evidence)
    found = worked_out(evidence, sizes[1]) if sizes is not None and len(sizes) > 1 else None
    return found if type(found) is int else None
