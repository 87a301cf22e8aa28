"""``x[:-d]`` where ``d`` is nothing in one round, and nothing is left: counted from the beginning."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import bracketed, expression, piece
from shapecheck.reading.failing import failed
from shapecheck.reading.origins import spans_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import items_of, node_at, source_of, walk

_COST = 0.01


def candidates(evidence: Evidence) -> list[Candidate]:
    """``x[:x.size(0) - d]``, which leaves all where ``d`` is nothing."""
    operation = failed(evidence)
    places = [item.span for item in operation.arguments if item.span is not None] if operation is not None else []
    spans = dict.fromkeys(span for place in places for span in spans_of(evidence, place))
    return [found for span in spans for found in _counted(evidence, span)][:1]


def _counted(evidence: Evidence, place: Span) -> Iterator[Candidate]:
    tree, source, there = expression(place.text), source_of(place.file), node_at(place)
    held = held_around(evidence, source, there)
    for node in walk(tree):
        if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name | ast.Attribute):
            continue
        parts = items_of(node.slice)
        behind = next((at for at, each in enumerate(parts) if _is_rest(each)), len(parts))
        for at, part in enumerate(parts):
            back = part.upper if isinstance(part, ast.Slice) and part.step is None else None
            name = back.operand if isinstance(back, ast.UnaryOp) and isinstance(back.op, ast.USub) else None
            value = held.get(ast.unparse(name)) if isinstance(name, ast.Name | ast.Attribute) else None
            if back is None or name is None or value is None or value.text != "0":
                continue
            axis = at - len(parts) if at > behind else at
            base = bracketed(piece(place, node.value).text)
            text = f"{base}.shape[{axis}] - {ast.unparse(name)}"
            yield Candidate(f":{text}", (Change(piece(place, back), text),), (), _COST)


def _is_rest(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) and part.value is Ellipsis
