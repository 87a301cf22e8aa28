"""Differences along several axes, which are of several sizes: averaged or summed each for itself, and then added."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import pair, sizes_of
from shapecheck.reading.sources import node_at, source_of

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``rows.mean() + columns.mean()`` for ``(rows + columns).mean()``, where each lacks an item along another axis."""
    operation = failed(evidence, "add")
    operands = pair(operation)
    node = node_at(operation.span) if operation is not None and operation.span is not None else None
    outer = getattr(getattr(node, "parent", None), "parent", None)
    source = source_of(operation.span.file) if operation is not None and operation.span is not None else None
    if source is None or operands is None or not isinstance(node, ast.BinOp) or not isinstance(outer, ast.Call):
        return []
    function = outer.func
    is_whole = isinstance(function, ast.Attribute) and function.value is node and not outer.args and not outer.keywords
    gaps = [a - b for a, b in zip(*map(sizes_of, operands), strict=False) if a != b]
    if not isinstance(function, ast.Attribute) or function.attr not in ("mean", "sum") or not is_whole:
        return []
    if sorted(gaps) != [-1, 1]:
        return []
    sides = (node.left, node.right)
    texts = [source.span(side).text if isinstance(side, ast.Name) else f"({source.span(side).text})" for side in sides]
    text = " + ".join(f"{each}.{function.attr}()" for each in texts)
    if isinstance(getattr(outer, "parent", None), ast.Attribute | ast.BinOp | ast.UnaryOp):
        text = f"({text})"
    return [Candidate(text, (Change(source.span(outer), text),), (), _COST)]
