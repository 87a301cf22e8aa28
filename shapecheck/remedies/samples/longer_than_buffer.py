"""A row that is longer than the buffer which it is stored in by its own length: cut to what the buffer was made for."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, index_parts, suffixed
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import stored
from shapecheck.remedies.moves import made_or_written
from shapecheck.remedies.names.written_sizes import written_sizes

_COST = 0.05
_LONGER = "the buffer may have been meant to be as long as the longest of what is stored in it"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``rows[i, :len(row)] = row[:length]``, where rows is ``zeros(count, length)``."""
    operation, said = failed(evidence, "__setitem__"), stored(evidence)
    if operation is None or said is None:
        return []
    buffer, index, value = (operand(operation, role) for role in ("self", "index", "value"))
    if buffer is None or index is None or value is None or index.span is None or value.span is None:
        return []
    (place, given), parts = said, [part for part, _ in index_parts(index.span)]
    at = next((at for at, part in enumerate(parts) if _is_by_length(part)), None)
    if at is None or not place or len(place) != len(given) or given[1:] != place[1:] or given[0] <= place[0]:
        return []
    length = _length(evidence, buffer, at)
    cut = f"[:{length.text}]" if length is not None else f"[:{buffer.expression}.shape[{at}]]"
    is_given = length is not None and isinstance(expression(length.text), ast.Name | ast.Attribute)
    change = suffixed(value.span, cut)
    return [Candidate(change.text, (change,), (), _COST, "" if is_given else _LONGER)]


def _is_by_length(part: ast.expr) -> bool:
    """``:len(row)`` and, for what is filled up in front, ``-len(row):``."""
    if not isinstance(part, ast.Slice) or part.step is not None or (part.lower is None) == (part.upper is None):
        return False
    bound = part.upper or part.lower
    return not isinstance(bound, ast.Constant)


def _length(evidence: Evidence, buffer: Argument, axis: int) -> Span | None:
    """The size that the buffer was made with along an axis."""
    for origin in made_or_written(evidence, buffer):
        sizes = written_sizes(origin.span, evidence) or ()
        if axis < len(sizes):
            return sizes[axis]
    return None
