"""Columns of a table that were put one below the other, so that each row is a feature: side by side instead."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import expression, piece, with_keyword
from shapecheck.reading.failing import failed, number, operand, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import last_name, walk
from shapecheck.reading.where_made import made
from shapecheck.remedies.moves import put_behind

_STACKED, _TURNED = 0.08, 0.1


def candidates(evidence: Evidence) -> list[Candidate]:
    """``axis=1`` where they were stacked, or the table turned, where something else has a row for each sample."""
    operation = failed(evidence, "Linear")
    item = operand(operation, "input")
    if item is not None and item.span is None and evidence.operation is not None:
        # Inside of a Sequential only the operand of the whole has a text.
        outer = next(iter(tensors(evidence.operation)), item)
        item = outer if sizes_of(outer) == sizes_of(item) else item
    if operation is None or item is None or item.span is None:
        return []
    sizes, want = sizes_of(item), number(operation, "in_features")
    if len(sizes) != 2 or sizes[0] != want or sizes[1] == want or not _counts_columns(evidence, item):
        return []
    step = Step("t", item.role)
    return [*_stacked(evidence, item, step), *put_behind(evidence, item, ".t()", [step], cost=_TURNED)]


def _counts_columns(evidence: Evidence, item: Argument) -> bool:
    """Whether the other tensors of the script have as many rows as this one has columns, and none as it has rows."""
    rows = {
        held.record.shape[0]
        for frame in evidence.frames
        for name, held in (frame.names.items() if frame.is_user else ())
        if held.kind == "tensor" and held.record is not None and held.record.shape and held.record.ndim < 3
        if held.record.shape != sizes_of(item)
    }
    return sizes_of(item)[1] in rows and sizes_of(item)[0] not in rows


def _stacked(evidence: Evidence, item: Argument, step: Step) -> Iterator[Candidate]:
    for origin in made(evidence, item):
        for node in walk(expression(origin.span.text) or ast.Constant(0)):
            if not isinstance(node, ast.Call) or last_name(node.func) != "stack" or len(node.args) != 1:
                continue
            keyword = "axis" if ast.unparse(node.func).partition(".")[0] in ("np", "numpy") else "dim"
            change = with_keyword(piece(origin.span, node), keyword, "1")
            if change is not None:
                yield Candidate(f"{keyword}=1", (change,), (step,), _STACKED)
                return
