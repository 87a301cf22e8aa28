"""The recurrent layers of one direction that a width speaks of as if they went both ways: ``2 * hidden``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Span
from shapecheck.reading.edits import argument, expression
from shapecheck.reading.failing import RECURRENT
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.sources import Source, class_around, found_at, function_around, walk


def one_way_layers(span: Span) -> list[Span]:
    """The recurrent layers of one direction, in the class of a width, that are half as wide: ``2 * hidden``."""
    source, node = found_at(span)
    owner, half = maker_around(node), _halved(node)
    if source is None or owner is None or not half:
        return []
    return [place for place in _recurrent(source, owner) if _is_one_way(place, half)]


def halved_layers(span: Span) -> list[Span]:
    """The recurrent layers in the class of a width that were told half of it, as each of two directions is."""
    source, node = found_at(span)
    owner = maker_around(node)
    if source is None or owner is None or node is None:
        return []
    parts = {ast.unparse(each) for each in walk(node) if isinstance(each, ast.expr)}
    widths = ((place, told_for(place, "hidden_size")) for place in _recurrent(source, owner))
    return [place for place, width in widths if width is not None and _whole(expression(width.text)) in parts]


def maker_around(node: ast.AST | None) -> ast.ClassDef | ast.FunctionDef | None:
    """The class that a layer is made in, or the function, where there is none."""
    return class_around(node) or function_around(node)


def _whole(node: ast.AST | None) -> str:
    """What is divided by two: ``width`` of ``width // 2`` and of ``int(width / 2)``."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "int" and len(node.args) == 1:
        node = node.args[0]
    is_half = isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv | ast.Div)
    if not isinstance(node, ast.BinOp) or not is_half or ast.unparse(node.right) != "2":
        return ""
    return ast.unparse(node.left)


def _halved(node: ast.AST | None) -> str:
    """What a product has two of: ``hidden`` of ``2 * hidden``."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult):
        return ""
    for two, half in ((node.left, node.right), (node.right, node.left)):
        if isinstance(two, ast.Constant) and two.value == 2 and not isinstance(half, ast.Constant):
            return ast.unparse(half)
    return ""


def _recurrent(source: Source, owner: ast.ClassDef | ast.FunctionDef) -> Iterator[Span]:
    for call in source.calls(*RECURRENT):
        if maker_around(call) is owner and not any(each.arg is None for each in call.keywords):
            yield source.span(call)


def _is_one_way(place: Span, half: str) -> bool:
    width, told = told_for(place, "hidden_size"), argument(place, "bidirectional", 6)
    node = expression(width.text) if width is not None else None
    return node is not None and ast.unparse(node) == half and (told is None or told.text == "False")
