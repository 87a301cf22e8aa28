"""A layer whose output is cut into parts, each of which should be as wide as the layer was told for all of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import applied_to, told_to
from shapecheck.reading.edits import bracketed, expression, piece, whole_number
from shapecheck.reading.failing import failed, number, operand, shape
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import last_name, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.03
_NEAR = 12


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Linear(width, 3 * width)`` in front of ``qkv(x).chunk(3, dim=-1)``, where each part should be that wide."""
    operation = failed(evidence, "Linear")
    item, sizes, want = operand(operation, "input"), shape(operation, "input"), number(operation, "in_features")
    if item is None or not sizes or not want:
        return []
    return list(_as_often(evidence, item.span, sizes[-1], want))


def _as_often(evidence: Evidence, place: Span | None, have: int, want: int) -> Iterator[Candidate]:
    for span in islice(spans_behind(evidence, place), _NEAR):
        for node in walk(expression(span.text)):
            base = applied_to(node) if isinstance(node, ast.Call) and last_name(node.func) == "chunk" else None
            count = whole_number(told_to(node)[0]) if isinstance(node, ast.Call) and base and told_to(node) else None
            if not isinstance(base, ast.Call) or count is None or have * count != want:
                continue
            for origin in trace(evidence, piece(span, base.func))[:1]:
                given = told_for(origin, "out_features")
                if given is not None and not given.text.isdecimal():
                    text = f"{count} * {bracketed(given.text)}"
                    yield Candidate(text, (Change(given, text),), (), _COST)
                return
