"""One number a row, or one row, that numpy is to put to several: ``np.hstack([rows, ages[:, None]])``."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Operation, Value
from shapecheck.reading.edits import expression, piece, suffixed
from shapecheck.reading.failing import failed, kind, says, value
from shapecheck.reading.mismatches import sizes_of

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """The axis of the columns for an array that has none, where the others have as many rows; and the reverse."""
    operation = failed(evidence, "hstack", "concatenate", "append", "vstack")
    if operation is None or not operation.name.startswith("numpy."):
        return []
    if not says(evidence, r"must have same number of dimensions"):
        return []
    along = 1 if _goes_by_columns(operation) else 0
    parts, index = list(_parts(operation)), "[:, None]" if along else "[None]"
    rows = {sizes_of(each)[1 - along] for _, each in parts if len(sizes_of(each)) == 2}
    found = []
    for item, held in parts:
        shape = sizes_of(held)
        if len(rows) == 1 and len(shape) == 1 and shape[0] in rows and item.span is not None:
            change = suffixed(item.span, index)
            found.append(Candidate(change.text, (change,), (), _COST))
    return found or ([] if along else list(_rows_told_of(evidence, operation)))


def _rows_told_of(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """The row that the exception tells of, where no name holds what is put together."""
    said = says(evidence, r"index (\d+) has (\d+) dimension\(s\) and the array at index (\d+) has (\d+)")
    listed = next((each.span for each in operation.arguments if each.span is not None), None)
    parts = getattr(expression(listed.text), "elts", []) if listed is not None else []
    ndims = {int(said[1]): said[2], int(said[3]): said[4]} if said is not None else {}
    rows = [at for at, ndim in ndims.items() if ndim == "1"]
    if listed is not None and sorted(ndims.values()) == ["1", "2"] and rows[0] < len(parts):
        change = suffixed(piece(listed, parts[rows[0]]), "[None]")
        yield Candidate(change.text, (change,), (), _COST)


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
