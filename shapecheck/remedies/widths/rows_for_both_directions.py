"""A learned matrix with a row for each number of one direction, behind a layer that gives those of both."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of, tables
from shapecheck.reading.origins import trace
from shapecheck.reading.recurrent.state_givers import giver_of, is_of_both_directions
from shapecheck.reading.sizes.written_sizes import written_sizes

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Parameter(torch.randn(2 * hidden, classes))`` for ``torch.randn(hidden, classes)``."""
    operation = failed(evidence, "mm", "matmul", "addmm", "bmm")
    given = [item for item in tensors(operation) if len(sizes_of(item)) > 1] if operation is not None else []
    if operation is None or len(given) < 2:
        return []
    left, right = given[-2], given[-1]
    if sizes_of(left)[-1] != 2 * sizes_of(right)[-2]:
        return []
    giver = giver_of(evidence, operation, left)
    if giver is None or not is_of_both_directions(giver):
        return []
    return [each for each in (_wider(evidence, right, sizes_of(left)[-1]),) if each is not None]


def _wider(evidence: Evidence, matrix: Argument, rows: int) -> Candidate | None:
    """The matrix made with twice the rows, where it is a parameter whose sizes are written."""
    have = sizes_of(matrix)
    for table in tables(evidence, matrix):
        held = evidence.held.get(table.text)
        for origin in trace(evidence, table) if held is not None and held.type == "Parameter" else ():
            sizes = written_sizes(origin.span, evidence)
            if sizes and len(sizes) == len(have):
                text = f"2 * {bracketed(sizes[-2].text)}"
                trial = (Step("stand_in", matrix.role, (*have[:-2], rows, have[-1])),)
                return Candidate(text, (Change(sizes[-2], text),), trial, _COST)
    return None
