"""A data set of tensors that was given fewer of them than its batches are taken apart into."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import place_behind
from shapecheck.reading.givers import givers
from shapecheck.reading.sources import known_at, last_name
from shapecheck.reading.taken_apart import taken_apart

CAUSE = "parts_counted_otherwise"
_COST = -0.2


def candidates(evidence: Evidence) -> list[Candidate]:
    """``TensorDataset(xs, ys)`` for ``TensorDataset(xs)``, where only ``ys`` has as many samples."""
    taken = taken_apart(evidence)
    given = givers(evidence, taken) if taken is not None else ()
    if taken is None or len(given) != 1 or not given[0].is_row:
        return []
    call, parts = given[0].node, given[0].parts
    names = [each.id for each in parts if isinstance(each, ast.Name)]
    if not isinstance(call, ast.Call) or last_name(call.func) != "TensorDataset" or len(names) != len(parts):
        return []
    held = {name: value for frame in evidence.user_frames for name, value in frame.names.items()}
    counts = {_count(held.get(name)) for name in names}
    known = known_at(call) - {*names, "_"}
    others = [name for name, value in held.items() if name in known and {_count(value)} == counts != {0}]
    if len(others) != 1 or len(parts) + 1 != len(taken.names):
        return []
    change = Change(place_behind(given[0].source.span(parts[-1])), f", {others[0]}")
    return [Candidate(f"TensorDataset({', '.join([*names, *others])})", (change,), (), _COST)]


def _count(value: object) -> int:
    """How many samples a tensor has; 0 for what is none."""
    record = getattr(value, "record", None)
    is_tensor = getattr(value, "kind", "") == "tensor" and record is not None and record.shape
    return int(record.shape[0]) if is_tensor and record is not None else 0
