"""A part of a tensor that another line takes by another index and turns: turned as there."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import Shape, failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of
from shapecheck.reading.sources import function_around, items_of, node_at, source_of, walk

_COST = 0.03
_TURNS = ("t", "T", "mT", "transpose")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``table[:, ids[:, t]].t()`` beside ``table[:, ids[:, 0]].t()``."""
    both = both_ways(failed(evidence, *ELEMENTWISE))
    return [found for item, other in both for found in _turned(item, sizes_of(other))]


def _turned(item: Argument, wanted: Shape) -> Iterator[Candidate]:
    node, sizes = node_at(item.span), sizes_of(item)
    source = source_of(item.span.file) if item.span is not None else None
    if source is None or item.span is None or not isinstance(node, ast.Subscript) or len(sizes) != 2:
        return
    if sizes[::-1] != wanted or sizes == wanted:
        return
    for other in walk(function_around(node) or source.tree):
        turn = _turn(other) if isinstance(other, ast.Subscript) and other is not node else ""
        if turn and isinstance(other, ast.Subscript) and _pattern(other) == _pattern(node):
            change = suffixed(item.span, turn)
            yield Candidate(change.text, (change,), (Step("transpose", item.role, (0, 1)),), _COST)
            return


def _turn(node: ast.Subscript) -> str:
    """How what is taken is turned where it stands."""
    method = getattr(node, "parent", None)
    if not isinstance(method, ast.Attribute) or method.attr not in _TURNS:
        return ""
    call = getattr(method, "parent", None)
    if isinstance(call, ast.Call) and call.func is method:
        return f".{method.attr}({', '.join(map(ast.unparse, call.args))})"
    return f".{method.attr}"


def _pattern(node: ast.Subscript) -> str:
    """The text with what stands alone at the end of an index left open: a number or a name of one."""
    parts = items_of(node.slice)
    texts = []
    for part in parts:
        is_open = isinstance(part, ast.Name | ast.Constant) and not _is_rest(part)
        inner = _pattern(part) if isinstance(part, ast.Subscript) else ast.unparse(part)
        texts.append("_" if is_open else inner)
    return f"{ast.unparse(node.value)}[{', '.join(texts)}]"


def _is_rest(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) and type(part.value) is not int
