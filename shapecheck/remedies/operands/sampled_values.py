"""Values whose probability a distribution is asked for, and that lie otherwise than what it was made of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.mismatches import sizes_of, without_axis
from shapecheck.remedies.moves import put_behind

_COST = 0.05
_EITHER = "it fits in more than one way"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``dist.log_prob(y.unsqueeze(1))`` for one value a row beside several guesses of it; values that lie turned."""
    operation = failed(evidence, "log_prob", "cdf")
    item = operand(operation, "value", "args[0]")
    said = says(evidence, r"not broadcastable with batch_shape\+event_shape: .*?\[([\d, ]*)\]\) vs .*?\[([\d, ]*)\]")
    if item is None or item.span is None or said is None:
        return []
    given, wanted = (tuple(int(size) for size in re.findall(r"\d+", text)) for text in said.groups())
    if sizes_of(item) not in ((), given):
        return []
    ways = list(_ways(given, wanted))
    doubt = _EITHER if len(ways) > 1 else ""
    found = []
    for suffix, step in ways:
        steps = [Step(step[0], item.role, step[1])] if item.value.record is not None else []
        found += put_behind(evidence, item, suffix, steps, cost=_COST)
    return [Candidate(each.title, each.changes, each.trial, each.cost, each.doubt or doubt) for each in found]


def _ways(given: tuple[int, ...], wanted: tuple[int, ...]) -> Iterator[tuple[str, tuple[str, tuple[int, ...]]]]:
    """An axis put in so that each value meets its own row, or two axes exchanged."""
    if len(given) == len(wanted) - 1:
        for axis in range(len(wanted)):
            if without_axis(wanted, axis) == given:
                yield f".unsqueeze({axis})", ("unsqueeze", (axis,))
    if len(given) == len(wanted) and sorted(given) == sorted(wanted):
        apart = [axis for axis, (left, right) in enumerate(zip(given, wanted, strict=True)) if left != right]
        if len(apart) == 2:
            yield f".transpose({apart[0]}, {apart[1]})", ("transpose", tuple(apart))
