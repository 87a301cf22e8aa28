"""A buffer made as long as this sequence and filled from its beginning, where weights for the longest one meet it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import call_of, expression
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import home_around, items_of, known_at, last_name, node_at, parents, rounds_around, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.04


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.zeros(LONGEST, width)`` for ``torch.zeros(len(words), width)``."""
    operation = failed(evidence, "bmm", "matmul", "mm")
    items = tensors(operation)
    if len(items) < 2 or len(sizes_of(items[0])) < 2 or len(sizes_of(items[1])) < 2:
        return []
    weights, rows = items[-2:]
    have, want = sizes_of(rows)[-2], sizes_of(weights)[-1]
    if rows.span is None or weights.span is None or have >= want:
        return []
    return [
        Candidate(f"{size.text} -> {name}", (Change(size, name),), (), _COST)
        for made in spans_behind(evidence, rows.span)
        for size in (written_sizes(made) or [])[:1]
        if ast.unparse(expression(size.text) or ast.Pass()).startswith("len(") or ".size(0)" in size.text
        if _is_filled(made)
        for name in _named(evidence, weights, size, want)
    ][:1]


def _is_filled(made: Span) -> bool:
    """Whether a loop stores row by row into what a name stands for."""
    statement = next((up for up in parents(node_at(made)) if isinstance(up, ast.Assign)), None)
    targets = [ast.unparse(part) for each in (statement.targets if statement else ()) for part in items_of(each)]
    home = home_around(statement)
    stores = (each for each in walk(home) if isinstance(each, ast.Subscript)) if home is not None else ()
    return any(
        isinstance(each.ctx, ast.Store) and ast.unparse(each.value) in targets and any(rounds_around(each))
        for each in stores
    )


def _named(evidence: Evidence, weights: Argument, place: Span, want: int) -> Iterator[str]:
    """How the number of the weights is called where the layer that gives them was made, if that is known there too."""
    node = node_at(place)
    known = known_at(node) if node is not None else set()
    for span in spans_behind(evidence, weights.span):
        call = call_of(span)
        width = told_for(span, "out_features") if call is not None and last_name(call.func) == "Linear" else None
        if width is None or worked_out(evidence, width) != want:
            continue
        for told in spans_of(evidence, width, parts=True):
            if told.text.isidentifier() and told.text in known:
                yield told.text
                return
