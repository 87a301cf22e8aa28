"""Equations that are to be solved for a vector, by what takes matrices alone: the vector as a matrix of one column."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import place_behind, suffixed
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.samples.columns_kept import keeps_column

_COST = 0.05
_SOLVERS = ("cholesky_solve", "solve_triangular", "triangular_solve", "lu_solve", "lstsq")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``cholesky_solve(y.unsqueeze(1), L).squeeze(1)``; the column stays where the script drops it later."""
    return list(_as_columns(evidence))


def _as_columns(evidence: Evidence) -> Iterator[Candidate]:
    operation = failed(evidence, *_SOLVERS)
    items = [item for item in tensors(operation) if item.span is not None] if operation is not None else []
    vectors = [item for item in items if len(sizes_of(item)) == 1]
    matrices = [item for item in items if len(sizes_of(item)) == 2]
    if operation is None or operation.span is None or len(vectors) != 1 or len(matrices) != 1:
        return
    vector, end = vectors[0], operation.span
    if vector.span is None or sizes_of(matrices[0])[0] != sizes_of(vector)[0]:
        return
    column = suffixed(vector.span, ".unsqueeze(1)")
    step = Step("unsqueeze", vector.role, (1,))
    if keeps_column(evidence, end):
        yield Candidate(column.text, (column,), (step,), _COST)
        return
    changes = (column, Change(place_behind(end), ".squeeze(1)"))
    yield Candidate(f"{column.text} ... .squeeze(1)", changes, (), _COST)
