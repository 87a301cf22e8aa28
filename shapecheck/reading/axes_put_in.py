"""Reads axes of one that an expression ends in putting in: ``x[:, :, None, None]``, ``x.unsqueeze(1).unsqueeze(1)``."""

from __future__ import annotations

import ast

from shapecheck.reading.applied import is_of_torch
from shapecheck.reading.edits import bracketed, expression, whole_number
from shapecheck.reading.sources import items_of


def axes_put_in(text: str) -> tuple[str, str, int] | None:
    """What the axes are put into, what is written behind it for that, and how many axes these are.

    Args:
        text: The expression.

    >>> axes_put_in("x[:, :, None, None]"), axes_put_in("state.h.unsqueeze(1)[None]"), axes_put_in("x[:, 0, None]")
    (('x', '[:, :, None, None]', 2), ('state.h', '.unsqueeze(1)[None]', 2), None)
    """
    node, count = expression(text), 0
    whole = node
    while node is not None and (inside := _put_into(node)) is not None:
        node, more = inside
        count += more
    base = ast.get_source_segment(f"({text}\n)", node) if node is not None and "\n" not in text else None
    if not count or base is None or whole is None:
        return None
    begin = text.index(base)
    behind = text[begin + len(base) :]
    # Of a function's call what stands in front is no part of what is left.
    return (bracketed(base), behind, count) if begin == 0 else None


def _put_into(node: ast.expr) -> tuple[ast.expr, int] | None:
    """What an index or a method puts axes of one into, and how many."""
    if isinstance(node, ast.Subscript):
        kinds = [_kind(each) for each in items_of(node.slice)]
        return (node.value, kinds.count("None")) if "None" in kinds and not set(kinds) - {"None", ":", "..."} else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "unsqueeze":
        given = [*node.args, *(each.value for each in node.keywords)]
        if len(given) == 1 and not is_of_torch(node) and whole_number(given[0]) is not None:
            return node.func.value, 1
    return None


def _kind(part: ast.expr) -> str:
    is_none = isinstance(part, ast.Constant) and part.value is None
    return "None" if is_none or ast.unparse(part).endswith("newaxis") else ast.unparse(part)
