"""Places of several axes that are told in the other order: those of the steps first, a count of the samples last."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import index_parts
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import last_name
from shapecheck.remedies.moves import exchanged

_COST = 0.05
_OUT = r"index (\d+) is out of bounds for dimension (\d+) with size (\d+)"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``x[torch.arange(len(x)), ends]`` for ``x[ends, torch.arange(len(x))]``."""
    operation, said = failed(evidence, "__getitem__", "__setitem__"), says(evidence, _OUT)
    item, index = operand(operation, "self"), operand(operation, "index")
    if operation is None or item is None or index is None or index.span is None or said is None:
        return []
    place, at, size = map(int, said.groups())
    sizes, parts = sizes_of(item), index_parts(index.span)
    counted = {int(one.role[6:-1]): sizes_of(one) for one in operation.arguments if one.role.startswith("index[")}
    return [
        exchanged(parts[at][1], span, cost=_COST)
        for other, (part, span) in enumerate(parts[: len(sizes)])
        if other != at < len(parts) and isinstance(part, ast.Call) and last_name(part.func) == "arange"
        # The count goes along the axis on which the places do not lie, and they lie on the other one.
        if counted.get(other) == (size,) and place < sizes[other]
    ]
