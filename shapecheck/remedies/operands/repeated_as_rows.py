"""What is learned once, repeated for each sample as more rows, where each sample was to have its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import call_of, piece, whole_number
from shapecheck.reading.failing import failed, operand, takes_samples_first
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.where_made import made_or_written

_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """``latents.repeat(n, 1, 1)`` for ``latents.repeat(n, 1)`` among what has an axis of samples."""
    operation = failed(evidence, "MultiheadAttention", "cat", "concat", "bmm", "baddbmm")
    if operation is None or (operation.callee and operation.config and not takes_samples_first(operation)):
        return []
    items = [item for item in operation.arguments if item.value.kind == "tensor" and item.span is not None]
    query = operand(operation, "query")
    found: list[Candidate] = []
    for item in items if query is None else [query]:
        others = [other for other in items if len(sizes_of(other)) == 3]
        if len(sizes_of(item)) == 2 and others:
            found += _apart(evidence, item, others[0])
    return found


def _apart(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    (rows, width), (samples, _, wide) = sizes_of(item), sizes_of(other)
    if rows % samples or rows == samples or samples == 1 or width != wide:
        return
    for origin in made_or_written(evidence, item):
        call = call_of(origin.span)
        is_it = call is not None and isinstance(call.func, ast.Attribute) and call.func.attr in ("repeat", "tile")
        if call is None or not is_it or len(call.args) != 2 or whole_number(call.args[1]) != 1:
            continue
        times = worked_out(evidence, piece(origin.span, call.args[0]))
        if times is not None and times != samples:
            return
        last = piece(origin.span, call.args[1])
        step = Step("view", item.role, (samples, rows // samples, width))
        yield Candidate(".repeat with an axis of samples", (Change(last, "1, 1"),), (step,), _COST)
        return
