"""Embeddings that were called one behind the other: side by side, each with a column of its own."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.layers.tables_in_a_row import TablesInARow, tables_in_a_row


def candidates(evidence: Evidence) -> list[Candidate]:
    """One vector a column, joined to one row or kept apart, where there are as many columns as embeddings."""
    row = tables_in_a_row(evidence)
    return list(_side_by_side(row)) if row is not None and row.count == row.sizes[-1] else []


def _side_by_side(row: TablesInARow) -> Iterator[Candidate]:
    count = len(row.sizes)
    columns = ":, " * (count - 1)
    index, axis = (f"{columns}i", count - 1) if count <= 2 else ("..., i", -1)
    vectors = f"[table({row.given}[{index}]) for i, table in enumerate({row.container})]"
    begun = f"{row.name} = " if row.name else ""
    # One behind the other they never run. What comes behind takes either the row or the vectors.
    for far, text in enumerate((f"torch.cat({vectors}, dim={axis})", f"torch.stack({vectors}, dim={count - 1})")):
        yield Candidate(text, (Change(row.place, begun + text),), (), -0.1 + 0.01 * far)
