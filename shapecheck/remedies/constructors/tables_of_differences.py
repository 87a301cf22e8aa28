"""Tables of positions relative to another one, which lie on both sides of it: twice as long as one side."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import bracketed, expression
from shapecheck.reading.layers.outgrown_tables import outgrown_table
from shapecheck.reading.sources import last_name, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Embedding(2 * longest, width)`` for indices that are ``here - there + longest``."""
    table = outgrown_table(evidence, "Embedding")
    if table is None or table.need > 2 * table.rows or table.tokens.value.facts.get("min", -1) < 0:
        return []
    told = table.given
    moved = {each for place in spans_behind(evidence, table.tokens.span) for each in _moved_by(place.text)}
    if last_name(expression(told.text)) not in moved and told.text not in moved:
        return []
    text = f"2 * {bracketed(told.text)}"
    return [Candidate(text, (Change(told, text),), (), _COST)]


def _moved_by(text: str) -> Iterator[str]:
    """What is added to a difference, to count from 0."""
    tree = expression(text)
    for node in walk(tree):
        left = node.left if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) else None
        if isinstance(node, ast.BinOp) and isinstance(left, ast.BinOp) and isinstance(left.op, ast.Sub):
            yield last_name(node.right) or ast.unparse(node.right)
