"""Sums and products that a change leaves out, where a change before it may be why they do not fit any more."""

from __future__ import annotations

import ast
from collections import Counter

OVERWRITTEN = "it leaves out a part of a sum or product, which may be right, and the change before it be wrong"


def overwrites_arithmetic(before: str, after: str) -> bool:
    """Whether a changed text has less of a width that was written as a sum or product: ``32`` for ``32 + 8``.

    The sizes that a view is given are none of these: one of them is ``-1`` as well.

    >>> overwrites_arithmetic("head = Linear(32 + 8, 1)", "head = Linear(32, 1)")
    True
    >>> overwrites_arithmetic("head = Linear(16 * 4 * 4, 1)", "head = Linear(16 * 5 * 5, 1)")
    False
    """
    old, new = _written(before), _written(after)
    return sum((old - new).values()) > sum((new - old).values()) or _parts(old - new) > _parts(new - old)


def _written(text: str) -> Counter[str]:
    """The sums and products of a text, each as a whole, with how often it stands there."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return Counter()
    return Counter(_outermost(tree))


def _outermost(node: ast.AST) -> list[str]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult):
        return [ast.unparse(node)]
    left_out = node.args if isinstance(node, ast.Call) and _is_view(node.func) else []
    return [text for each in ast.iter_child_nodes(node) if each not in left_out for text in _outermost(each)]


def _is_view(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("view", "reshape", "expand", "unflatten", "repeat")


def _parts(written: Counter[str]) -> int:
    """How many names and numbers they are written with."""
    leaves = (ast.Name, ast.Attribute, ast.Constant)
    return sum(
        count * sum(isinstance(each, leaves) for each in ast.walk(ast.parse(text))) for text, count in written.items()
    )
