"""A number for each head beside a table of steps by steps: its axis in front of both of theirs."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import Shape, failed
from shapecheck.reading.mismatches import both_ways, sizes_of
from shapecheck.remedies.moves import put_behind

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``slopes[:, None, None] * gaps``, where what the table is for has as many maps in front of its steps."""
    return [
        candidate
        for vector, table in both_ways(failed(evidence, "mul", "div", "add", "sub"))
        if _is_for_each(evidence, sizes_of(vector), sizes_of(table))
        for candidate in _in_front(evidence, vector)
    ]


def _in_front(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    steps = [Step("unsqueeze", item.role, (-1,)), Step("unsqueeze", item.role, (-1,))]
    yield from put_behind(evidence, item, "[:, None, None]", steps, cost=_COST)


def _is_for_each(evidence: Evidence, vector: Shape, table: Shape) -> bool:
    """Whether a tensor of the running functions has an axis of the vector right in front of one of the table.

    So have queries (batch, heads, steps, width) and scores (batch, heads, steps, steps).
    """
    if len(vector) != 1 or len(table) != 2 or vector[0] in (1, *table) or 1 in table:
        return False
    held = (value.record for frame in evidence.frames if frame.is_user for value in frame.names.values())
    return any(
        record is not None and len(record.shape) == 4 and record.shape[1:3] == (vector[0], table[0]) for record in held
    )
