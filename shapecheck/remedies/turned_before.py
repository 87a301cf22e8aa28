"""A turn of axes behind another one, written as the one that both come to."""

from __future__ import annotations

import ast

from shapecheck.reading.edits import expression, whole_number


def turned_once(text: str, suffix: str) -> str | None:
    """What an expression that ends in a turn of axes comes to with another turn behind it; None if that is not known.

    Args:
        text: The expression: ``"x.permute(2, 0, 1)"``.
        suffix: The turn behind it: ``".transpose(0, 1)"``.

    >>> turned_once("x.permute(2, 0, 1)", ".transpose(0, 1)"), turned_once("x.transpose(0, 1)", ".transpose(1, 0)")
    ('x.permute(0, 2, 1)', 'x')
    """
    first, second = _turn(text), _turn(f"_{suffix}")
    if first is None or second is None:
        return None
    (base, name, before), (_, then, after) = first, second
    if name == then == "transpose":
        return base if set(before) == set(after) else None
    if name != "permute" or any(axis < 0 or axis >= len(before) for axis in after):
        return None
    order = list(before)
    if then == "transpose":
        one, other = after
        order[one], order[other] = order[other], order[one]
    elif len(after) == len(before):
        order = [before[axis] for axis in after]
    else:
        return None
    return base if order == sorted(order) else f"{base}.permute({', '.join(map(str, order))})"


def _turn(text: str) -> tuple[str, str, tuple[int, ...]] | None:
    """What is turned, by which method, and its axes."""
    node = expression(text)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.keywords:
        return None
    given = node.args[0].elts if len(node.args) == 1 and isinstance(node.args[0], ast.Tuple) else node.args
    axes = [whole_number(each) for each in given]
    is_plain = all(axis is not None and axis >= 0 for axis in axes) and len(set(axes)) == len(axes) > 1
    if node.func.attr not in ("permute", "transpose") or not is_plain or "\n" in text:
        return None
    base = ast.get_source_segment(f"({text}\n)", node.func.value) or ast.unparse(node.func.value)
    return base, node.func.attr, tuple(axis for axis in axes if axis is not None)
