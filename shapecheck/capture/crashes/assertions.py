"""What a script itself refuses: two tensors whose shapes it holds to be the same, by ``assert`` or by ``raise``."""

from __future__ import annotations

import ast


def compared_shapes(node: ast.AST | None) -> ast.Compare | None:
    """The comparison ``a.shape == b.shape`` for which a line raised; None if it raised for another reason."""
    statement = node
    while statement is not None and not isinstance(statement, ast.stmt):
        statement = getattr(statement, "parent", None)
    if isinstance(statement, ast.Assert):
        return _compared(statement.test, ast.Eq)
    condition = condition_of(statement)
    return _compared(condition, ast.NotEq) if condition is not None else None


def condition_of(statement: ast.AST | None) -> ast.expr | None:
    """The condition for which a script raises: that of the ``if`` right around the line."""
    up = getattr(statement, "parent", None)
    is_reached = isinstance(statement, ast.Raise) and isinstance(up, ast.If) and statement in up.body
    return up.test if is_reached and isinstance(up, ast.If) else None


def is_beginning(node: ast.expr) -> bool:
    """Whether it is the beginning of a shape: ``x.shape[:2]``."""
    part = node.slice if isinstance(node, ast.Subscript) else None
    return isinstance(part, ast.Slice) and part.lower is None and part.upper is not None and part.step is None


def whose_shape(node: ast.expr) -> ast.expr | None:
    """The tensor of ``x.shape`` or ``x.size()``, or of the beginning of one of these."""
    if isinstance(node, ast.Subscript):
        return whose_shape(node.value) if is_beginning(node) else None
    if isinstance(node, ast.Call) and not node.args and not node.keywords:
        node = node.func
        return node.value if isinstance(node, ast.Attribute) and node.attr == "size" else None
    return node.value if isinstance(node, ast.Attribute) and node.attr == "shape" else None


def _compared(test: ast.expr, kind: type[ast.cmpop]) -> ast.Compare | None:
    """The comparison; of ``not a.shape == b.shape`` it is the other kind."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _compared(test.operand, ast.Eq if kind is ast.NotEq else ast.NotEq)
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], kind):
        return None
    sides = (test.left, test.comparators[0])
    return test if all(map(whose_shape, sides)) and not all(map(is_beginning, sides)) else None
