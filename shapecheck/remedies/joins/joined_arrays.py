"""One number a row that numpy is to put beside several: ``np.hstack([rows, ages[:, None]])``."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Operation, Value
from shapecheck.reading.edits import expression, piece, suffixed
from shapecheck.reading.failing import failed, kind, says, value
from shapecheck.reading.mismatches import sizes_of

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """The axis of the columns for an array that has none, where the others have as many rows."""
    operation = failed(evidence, "hstack", "concatenate", "append")
    if operation is None or not operation.name.startswith("numpy."):
        return []
    if not says(evidence, r"must have same number of dimensions") or not _goes_by_columns(operation):
        return []
    parts = list(_parts(operation))
    rows = {sizes_of(each)[0] for _, each in parts if len(sizes_of(each)) == 2}
    found = []
    for item, held in parts:
        shape = sizes_of(held)
        if len(rows) == 1 and len(shape) == 1 and shape[0] in rows and item.span is not None:
            change = suffixed(item.span, "[:, None]")
            found.append(Candidate(change.text, (change,), (), _COST))
    return found


def _goes_by_columns(operation: Operation) -> bool:
    along = value(operation, "axis")
    return kind(operation) == "hstack" or (along is not None and along.text in ("1", "-1"))


def _parts(operation: Operation) -> Iterator[tuple[Argument, Value]]:
    """What is put together, each with what it was."""
    for item in operation.arguments:
        if item.value.kind == "array":
            yield item, item.value
        node = expression(item.span.text) if item.span is not None else None
        listed = getattr(node, "elts", [])
        if item.span is not None and len(listed) == len(item.value.items):
            for part, held in zip(listed, item.value.items, strict=True):
                yield Argument("", held, piece(item.span, part)), held
