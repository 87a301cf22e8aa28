"""Windows that are slid to the very end of a series, the last of which has nothing behind it to be foretold."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import failed, says
from shapecheck.reading.sources import Source, function_around, last_name, user_sources, walk

_COST = 0.04


def candidates(evidence: Evidence) -> list[Candidate]:
    """``sliding_window_view(x[:-1], n)`` beside ``x[n:]``, where both were to be samples."""
    if failed(evidence, "TensorDataset") is None or says(evidence, "Size mismatch between tensors") is None:
        return []
    return [found for source in user_sources(evidence) for found in _shorter(source)]


def _shorter(source: Source) -> Iterator[Candidate]:
    behind = {
        (ast.unparse(node.value), ast.unparse(node.slice.lower), function_around(node))
        for node in walk(source.tree)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and node.slice.lower is not None
        if node.slice.upper is None and node.slice.step is None
    }
    for series, length in _windows(source):
        if (ast.unparse(series), ast.unparse(length), function_around(series)) in behind:
            place = source.span(series)
            text = f"{place.text}[:-1]"
            yield Candidate(text, (Change(place, text),), (), _COST)


def _windows(source: Source) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The series, and the length of the windows that begin at each of its steps."""
    for call in source.calls("sliding_window_view", "unfold"):
        given = call.args
        if last_name(call.func) == "sliding_window_view" and len(given) == 2 and not call.keywords:
            yield given[0], given[1]
        elif isinstance(call.func, ast.Attribute) and len(given) == 3 and not call.keywords:
            numbers = whole_number(given[0]), whole_number(given[2])
            yield from [(call.func.value, given[1])] if numbers == (0, 1) else []
