"""One step in the history of a value, and the items of literals that a path leads to."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from shapecheck.capture.crashes.scopes import Path, Scope


@dataclass(frozen=True)
class Step:
    """One place in the history of a value.

    Args:
        expression: What was followed.
        node: The expression that made the value.
        statement: The statement that it belongs to.
        scope: Where it stands.
        is_whole: Whether the expression is that value, not something that holds it, and not a name handed on in a call.
    """

    expression: str
    node: ast.AST
    statement: ast.AST
    scope: Scope
    is_whole: bool = True


def picked(node: ast.AST | None, path: Path) -> ast.AST | None:
    """The item of a literal that a path leads to; None if the value is no literal or has no such item."""
    for at, key in enumerate(path):
        if isinstance(node, ast.Tuple | ast.List) and isinstance(key, int):
            if any(isinstance(item, ast.Starred) for item in node.elts) or not -len(node.elts) <= key < len(node.elts):
                return None
            node = node.elts[key]
        elif isinstance(node, ast.Dict):
            keys = [item.value if isinstance(item, ast.Constant) else None for item in node.keys]
            if key not in keys:
                return None
            node = node.values[keys.index(key)]
        elif at and isinstance(node, ast.expr):
            return None
        else:
            return None
    return node


def picked_so_far(node: ast.AST, path: Path) -> tuple[ast.AST, Path]:
    """The item of a literal that a path leads to, as far as literals go, and what is left of the path.

    Of ``first(7), second(5)`` the call of the second one, whose own parts the rest of the path tells.
    """
    while path and (item := picked(node, path[:1])) is not None:
        node, path = item, path[1:]
    return node, path
