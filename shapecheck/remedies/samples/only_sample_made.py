"""A single sequence that is read and joined as a batch of one: made with the axis of the samples."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.applied import written_axis
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import suffixed, whole_number
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import Source, found_at, is_named, last_name, names_in, walk
from shapecheck.reading.vocabulary import TENSORS

_COST = -0.1


def candidates(evidence: Evidence) -> list[Candidate]:
    """``ids = torch.tensor(codes).unsqueeze(0)``, where ``ids[:, -n:]`` is read and ``ids`` is joined along axis 1."""
    operation = failed(evidence, "__getitem__")
    given = operand(operation, "self")
    source, node = found_at(given.span if given is not None else None)
    if source is None or not isinstance(node, ast.Name) or len(sizes_of(given)) != 1:
        return []
    made = [
        value
        for line in walk(source.tree)
        for target, value in values_given(line)
        if is_named(target, node.id) and value.lineno < node.lineno
    ]
    is_made = len(made) == 1 and isinstance(made[0], ast.Call) and last_name(made[0].func) in (*TENSORS, "from_numpy")
    if not is_made or not _is_joined(source, node.id):
        return []
    change: Change = suffixed(source.span(made[0]), ".unsqueeze(0)")
    return [Candidate(change.text, (change,), (), _COST)]


def _is_joined(source: Source, name: str) -> bool:
    """Whether something is joined to it along the second axis."""
    for call in source.calls("cat", "concat"):
        axis = written_axis(call)
        if axis is not None and whole_number(axis) == 1 and name in names_in(*call.args[:1]):
            return True
    return False
