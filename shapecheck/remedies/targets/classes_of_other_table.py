"""Scores for the tokens of one table, where the labels are those of another one beside it: a source and a target."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import argument
from shapecheck.reading.failing import INDEX_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import Source, function_around, user_sources
from shapecheck.reading.where_made import literals

_COST = 0.02


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Linear(width, n_targets)`` for ``nn.Linear(width, n_sources)``, beside tables of so many rows each."""
    operation = failed(evidence, *INDEX_LOSSES)
    scores, labels = operand(operation, "input"), operand(operation, "target")
    most = labels.value.facts.get("max") if labels is not None else None
    sizes = sizes_of(scores)
    if most is None or not sizes:
        return []
    count = sizes[1] if len(sizes) > 1 else sizes[0]
    if most < count:
        return []
    return [each for source in user_sources(evidence) for each in _of_source(evidence, source, count, int(most) + 1)]


def _of_source(evidence: Evidence, source: Source, have: int, want: int) -> Iterator[Candidate]:
    for call in source.calls("Linear"):
        given = argument(source.span(call), "out_features", 1)
        home = function_around(call)
        if given is None or home is None or not given.text.isidentifier() or have not in _numbers(evidence, given):
            continue
        tables: dict[str, set[int]] = {}
        for other in source.calls("Embedding"):
            rows = argument(source.span(other), "num_embeddings", 0)
            if rows is not None and rows.text.isidentifier() and function_around(other) is home:
                tables.setdefault(rows.text, set()).update(_numbers(evidence, rows))
        fitting = [name for name, numbers in tables.items() if name != given.text and min(numbers, default=0) >= want]
        if given.text in tables and len(fitting) == 1:
            title = f"{given.text} -> {fitting[0]}"
            yield Candidate(title, (Change(given, fitting[0]),), (), _COST)


def _numbers(evidence: Evidence, span: Span) -> set[int]:
    """The numbers that are written for a size."""
    return {int(each.text) for each in literals(evidence, span)}
