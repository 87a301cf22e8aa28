"""Dtypes that an operation refuses where nobody looks: indices of gather, and what a function of the user's returns."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import PICKS, failed, index_of, kind, no_indices, says, tensors
from shapecheck.reading.sources import trace
from shapecheck.remedies.moves import put_behind

_METHODS = {"float32": ".float()", "float64": ".double()", "float16": ".half()"}


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes of a dtype."""
    return [*_indices(evidence), *_unseen(evidence)]


def _indices(evidence: Evidence) -> Iterator[Candidate]:
    """``.long()`` for an index."""
    operation = failed(evidence, *PICKS)
    item = index_of(operation) if operation is not None else None
    record = item.value.record if item is not None else None
    if item is not None and record is not None and record.dtype not in ("int64", "bool"):
        yield from put_behind(evidence, item, ".long()", [Step("to", item.role, ("int64",))], cost=0.1)
    for item in no_indices(evidence):
        yield from put_behind(evidence, item, ".long()", [Step("to", item.role, ("int64",))], cost=0.1)


def _unseen(evidence: Evidence) -> Iterator[Candidate]:
    """A cast of an operand that has no name, since the user's own function returns it: where it returns it."""
    operation = failed(evidence, "matmul", "mm", "bmm", "linear")
    if operation is None or not says(evidence, r"same dtype|scalar type"):
        return
    known = next((item.value.record.dtype for item in tensors(operation) if item.value.record is not None), "")
    if kind(operation) == "linear" or known not in _METHODS:
        return
    for item in operation.arguments:
        if item.value.record is not None or item.span is None or "(" not in item.span.text:
            continue
        for origin in trace(evidence, item.span)[:1]:
            change = suffixed(origin.span, _METHODS[known])
            yield Candidate(change.text, (change,), (), 0.1)
        change = suffixed(item.span, _METHODS[known])
        yield Candidate(change.text, (change,), (), 0.2)
