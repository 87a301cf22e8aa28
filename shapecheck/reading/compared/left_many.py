"""The one part of a formula that was left as many numbers, where those that it meets are each made one."""

from __future__ import annotations

import ast

from shapecheck.evidence import Span
from shapecheck.reading.applied import is_of_torch
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES
from shapecheck.reading.sources import last_name

_REDUCERS = ("mean", "sum")
# Functions that average over all there is, where they are told nothing else.
_LOSSES = tuple(name for name in (*INDEX_LOSSES, *SAME_SHAPE_LOSSES) if name.islower())


def left_many(whole: Span) -> tuple[Span, str] | None:
    """The part of a sum or a quotient that is not made one number, and the method by which the others are.

    Args:
        whole: A formula that gives many numbers.

    Returns:
        None where there is no such part, or more than one, or where the others are not all made one alike.
    """
    names = set[str]()
    part = _left(expression(whole.text), names)
    return (piece(whole, part), names.pop()) if part is not None and len(names) == 1 else None


def reducer(term: ast.expr) -> str:
    """The method that makes one number of a term, also where a factor stands beside it: ``0.5 * x.sum()``."""
    if isinstance(term, ast.BinOp) and isinstance(term.op, ast.Mult | ast.Div):
        parts = [each for each in (term.left, term.right) if not isinstance(each, ast.Constant)]
        return reducer(parts[0]) if len(parts) == 1 else ""
    if isinstance(term, ast.UnaryOp):
        return reducer(term.operand)
    if not isinstance(term, ast.Call) or not isinstance(term.func, ast.Attribute) or term.keywords:
        return ""
    return term.func.attr if term.func.attr in _REDUCERS and len(term.args) == is_of_torch(term) else ""


def _left(node: ast.expr | None, names: set[str]) -> ast.expr | None:
    """The part that is left, with the methods of those beside it put into names."""
    if isinstance(node, ast.UnaryOp):
        return _left(node.operand, names)
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add | ast.Sub | ast.Div):
        return node if node is not None and not _made_one(node) else None
    sides = (node.left, node.right)
    many = [each for each in sides if not _made_one(each)]
    if len(many) != 1:
        return None
    names |= set[str]().union(*(_made_one(each) for each in sides)) - {""}
    return _left(many[0], names)


def _made_one(node: ast.expr) -> set[str]:
    """By which methods an expression is one number; nothing where it is not known to be one."""
    if isinstance(node, ast.Constant):
        return {""}
    if name := reducer(node):
        return {name}
    is_loss = isinstance(node, ast.Call) and last_name(node.func) in _LOSSES
    if is_loss and isinstance(node, ast.Call) and "reduction" not in [each.arg for each in node.keywords]:
        return {"mean"}
    if isinstance(node, ast.UnaryOp):
        return _made_one(node.operand)
    if not isinstance(node, ast.BinOp):
        return set()
    left, right = _made_one(node.left), _made_one(node.right)
    # How much a factor counts says nothing of how the others are made one.
    return left | right if left and right else set()
