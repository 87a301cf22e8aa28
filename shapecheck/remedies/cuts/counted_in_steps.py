"""Numbers that are stored in every second place, and were counted for all of them: ``torch.arange(0, n, 2)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, index_parts, piece, whole_number
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.origins import trace
from shapecheck.reading.running import size_held
from shapecheck.reading.sizes.said_sizes import stored
from shapecheck.reading.sources import last_name, walk

CAUSE = "stored_in_other_shape"
_COST = 0.02
# What made a table is not longer.
_MOST = 16


def candidates(evidence: Evidence) -> list[Candidate]:
    """The step of ``table[:, 0::2]`` for the count that made what is stored there."""
    operation = failed(evidence, "__setitem__")
    index, value = operand(operation, "index"), operand(operation, "value")
    said = stored(evidence)
    if index is None or value is None or index.span is None or value.span is None or said is None:
        return []
    steps = {step for part, _ in index_parts(index.span) if (step := _step(part)) > 1}
    place, given = said
    if len(steps) != 1 or not place or not given or given[-1] == place[-1]:
        return []
    step = steps.pop()
    if -(-given[-1] // step) != place[-1]:
        return []
    counts = [each for span in _behind(evidence, value.span) for each in _counts(span)]
    wide = [each for each in dict.fromkeys(counts) if _is_so_long(evidence, each, given[-1])]
    return list(_in_steps(wide[0], step)) if len(wide) == 1 else []


def _behind(evidence: Evidence, value: Span) -> list[Span]:
    """What an expression is made of in its function, name by name, as far as the source tells."""
    found = [value]
    for span in found:
        root = expression(span.text)
        for name in walk(root):
            if isinstance(name, ast.Name) and len(found) < _MOST:
                found += [each.span for each in trace(evidence, piece(span, name)) if each.span not in found]
    return found


def _step(part: ast.expr) -> int:
    return (whole_number(part.step) or 1) if isinstance(part, ast.Slice) and part.step is not None else 1


def _counts(span: Span) -> Iterator[Span]:
    root = expression(span.text)
    for call in walk(root):
        if isinstance(call, ast.Call) and last_name(call.func) == "arange" and len(call.args) in (1, 2):
            yield piece(span, call)


def _is_so_long(evidence: Evidence, count: Span, size: int) -> bool:
    call = expression(count.text)
    ends = [size_held(evidence, piece(count, each)) for each in call.args] if isinstance(call, ast.Call) else []
    return None not in ends and ((ends[-1] or 0) - (ends[0] or 0 if len(ends) > 1 else 0)) == size


def _in_steps(count: Span, step: int) -> Iterator[Candidate]:
    call = expression(count.text)
    if not isinstance(call, ast.Call):
        return
    last = piece(count, call.args[-1])
    begin = "" if len(call.args) == 2 else "0, "
    new = f"{begin}{last.text}, {step}"
    yield Candidate(f"step {step}", (Change(last, new),), (), _COST)
