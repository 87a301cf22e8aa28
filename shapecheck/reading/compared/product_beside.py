"""Reads the shape of a table from a product of matrices that stands in the same sum: ``a + b - 2 * x @ y.t()``."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import operands_of
from shapecheck.reading.failing import Shape
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import last_name, node_at, parents
from shapecheck.reading.vocabulary import MATMULS


def table_beside(evidence: Evidence, span: Span | None) -> Shape:
    """The shape of the product of two matrices in a sum that an expression is a part of; () where there is none."""
    node = node_at(span) if span is not None else None
    whole = node
    for up in parents(node):
        if not isinstance(up, ast.BinOp) or not isinstance(up.op, ast.Add | ast.Sub):
            break
        whole = up
    terms = operands_of(whole, ast.Add, ast.Sub) if isinstance(whole, ast.BinOp) else []
    return next((shape for each in terms if (shape := _shape(evidence, _multiplied(each)))), ())


def _multiplied(node: ast.expr) -> ast.expr:
    """What a number stands in front of as a factor: ``a @ b`` of ``2 * (a @ b)``."""
    is_scaled = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and isinstance(node.left, ast.Constant)
    return node.right if isinstance(node, ast.BinOp) and is_scaled else node


def _shape(evidence: Evidence, node: ast.AST) -> Shape:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        left, right = _matrix(evidence, node.left), _matrix(evidence, node.right)
    elif isinstance(node, ast.Call) and last_name(node.func) in MATMULS and isinstance(node.func, ast.Attribute):
        is_function = ast.unparse(node.func.value) in ("torch", "np")
        parts = node.args if is_function else [node.func.value, *node.args]
        if len(parts) != 2:
            return ()
        left, right = (_matrix(evidence, each) for each in parts)
    else:
        return ()
    fits = len(left) == len(right) == 2 and left[1] == right[0]
    return (left[0], right[1]) if fits else ()


def _matrix(evidence: Evidence, node: ast.expr) -> Shape:
    """The shape of a factor that has a name: as it is, times a number, or turned."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        node = node.right if isinstance(node.left, ast.Constant) else node.left
    is_turned = isinstance(node, ast.Attribute) and node.attr in ("T", "mT")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr not in ("t", "transpose"):
            return ()
        is_turned, node = True, node.func.value
    elif is_turned and isinstance(node, ast.Attribute):
        node = node.value
    sizes = sizes_of(evidence.held.get(ast.unparse(node)))
    return sizes[::-1] if is_turned and len(sizes) == 2 else sizes
