"""What is added up and taken away in an expression: each text with how often, and the numbers under no name."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable

Sum = Counter[str]
# How many names may stand for each other in a row; what is told farther away is seldom meant as a part of the sum.
_MAX_DEPTH = 3


def added_up(node: ast.AST, stands_for: Callable[[ast.Name], ast.expr | None] | None = None, *, depth: int = 0) -> Sum:
    """An expression as what is added up in it.

    Args:
        node: The expression.
        stands_for: What a name stands for, where that is to be read in its place; None where it is a part itself.
        depth: How many names stand for the expression already.

    >>> added_up(ast.parse("2 + n - (k - n) + 1", mode="eval").body) == {"": 3, "n": 2, "k": -1}
    True
    """
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        left, right = (added_up(each, stands_for, depth=depth) for each in (node.left, node.right))
        return together(left, right) if isinstance(node.op, ast.Add) else apart(left, right)
    if isinstance(node, ast.NamedExpr):
        return added_up(node.value, stands_for, depth=depth)
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return Counter({"": node.value})
    given = stands_for(node) if isinstance(node, ast.Name) and stands_for and depth < _MAX_DEPTH else None
    return added_up(given, stands_for, depth=depth + 1) if given is not None else Counter({ast.unparse(node): 1})


def together(*sums: Sum) -> Sum:
    """Several sums as one."""
    total: Sum = Counter()
    for each in sums:
        total.update(each)
    return Counter({text: many for text, many in total.items() if many})


def apart(left: Sum, right: Sum) -> Sum:
    """What one sum has more than another."""
    return together(left, Counter({text: -many for text, many in right.items()}))
