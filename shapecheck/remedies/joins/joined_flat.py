"""Tensors without an axis in common that are put one behind the other: all numbers of each, or one for each row."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Operation
from shapecheck.reading.edits import suffixed, whole_number
from shapecheck.reading.failing import failed, says, tensors, value
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sizes.size_texts import asked
from shapecheck.reading.sources import node_at

_COST = 0.03
_WEIGHTS = re.compile(r"[\w.]+\.(parameters\(|state_dict\(\)\.values\()|([\w.]+\.)?grad\(")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``[each.reshape(-1) for each in grads]`` for a list, ``t.expand(x.size(0), 1)`` for a number beside rows."""
    operation = failed(evidence, "cat", "concat", "concatenate")
    if operation is None:
        return []
    return [*_flattened(evidence, operation), *_spread(evidence, operation)]


def _flattened(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """Weights, or their gradients, as one row of numbers."""
    whole = operation.argument("tensors")
    items = [item for item in tensors(operation) if item.role != "tensors" and item.value.record is not None]
    if whole is None or whole.span is None or value(operation, "dim", "axis") is not None or len(items) < 2:
        return
    if isinstance(node_at(whole.span), ast.List | ast.Tuple) or any(item.span is not None for item in items):
        return
    counts = {len(sizes_of(item)) for item in items}
    rows = {sizes_of(item)[1:] for item in items if sizes_of(item)}
    if len(counts) > 1 or len(rows) > 1:
        given = spans_of(evidence, whole.span, parts=True)
        if not any(_gives_weights(span.text) for span in given):
            return
        each = "each" if whole.span.text != "each" else "one"
        text = f"[{each}.reshape(-1) for {each} in {whole.span.text}]"
        yield Candidate(text, (Change(whole.span, text),), (), _COST)


def _gives_weights(text: str) -> bool:
    """Whether an expression is a call of what gives all weights of a model, or their gradients; a list of it, too."""
    for name in ("list(", "tuple("):
        text = text.removeprefix(name)
    return bool(_WEIGHTS.match(text))


def _spread(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """A single number as a column of rows."""
    items = [item for item in tensors(operation) if item.role != "tensors" and item.value.record is not None]
    beside = next((item for item in items if len(sizes_of(item)) == 2), None)
    if beside is None or says(evidence, r"zero-dimensional tensor") is None or _axis(operation) not in (1, -1):
        return
    for item in items:
        record = item.value.record
        if record is None or record.shape or item.span is None or not record.dtype.startswith("float"):
            continue
        change = suffixed(item.span, f".expand({asked(beside, 0)}, 1)")
        steps = (Step("expand", item.role, (sizes_of(beside)[0], 1)),)
        yield Candidate(change.text, (change,), steps, _COST)


def _axis(operation: Operation) -> int | None:
    told = operation.argument("dim")
    node = node_at(told.span) if told is not None else None
    return whole_number(node)
