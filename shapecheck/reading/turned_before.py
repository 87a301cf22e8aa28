"""A turn of axes behind another one, or an axis dropped that was just added, written as what both come to."""

from __future__ import annotations

import ast

from shapecheck.candidate import Change
from shapecheck.evidence import Span
from shapecheck.reading.applied import is_of_torch, one_by_one, written_axis
from shapecheck.reading.edits import argument, bracketed, changed, expression, whole_number, with_keyword
from shapecheck.reading.sources import items_of


def turned_once(text: str, suffix: str) -> str | None:
    """What an expression that ends in a turn of axes comes to with another turn behind it; None if that is not known.

    Args:
        text: The expression: ``"x.permute(2, 0, 1)"``.
        suffix: The turn behind it: ``".transpose(0, 1)"``.

    >>> turned_once("x.permute(2, 0, 1)", ".transpose(0, 1)"), turned_once("x.transpose(0, 1)", ".transpose(1, 0)")
    ('x.permute(0, 2, 1)', 'x')
    """
    first, second = axes_turned(text), axes_turned(f"_{suffix}")
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


def without_last_axis_made(text: str, suffix: str) -> str | None:
    """What is left of an expression that ends in adding an axis which is dropped behind it, or the other way round.

    Args:
        text: The expression: ``"x.unsqueeze(1)"``.
        suffix: What was to be put behind it: ``".squeeze(1)"``.

    >>> without_last_axis_made("x.unsqueeze(1)", ".squeeze(1)"), without_last_axis_made("x[None]", ".squeeze(0)")
    ('x', 'x')
    >>> without_last_axis_made("x.unsqueeze(1)", ".squeeze(0)")
    """
    before, after = axis_made(text), axis_made(f"_{suffix}")
    if before is None or after is None:
        return None
    (base, name, axis), (_, then, dropped) = before, after
    return base if {name, then} == {"squeeze", "unsqueeze"} and axis == dropped >= 0 else None


def axis_put_elsewhere(text: str, suffix: str, sizes: tuple[int, ...]) -> str | None:
    """An expression that ends in adding an axis which a turn behind it moves: the axis is added there at once.

    Args:
        text: The expression: ``"x.unsqueeze(1)"``, ``"torch.stack(frames)"``.
        suffix: The turn behind it: ``".transpose(1, 2)"``.
        sizes: What the expression gives.

    >>> axis_put_elsewhere("x.unsqueeze(1)", ".transpose(1, 2)", (4, 1, 7))
    'x.unsqueeze(-1)'
    >>> axis_put_elsewhere("x[:, None]", ".transpose(0, 1)", (4, 1, 7))
    'x.unsqueeze(0)'
    >>> axis_put_elsewhere("torch.stack(frames)", ".transpose(0, 1)", (4, 5, 7))
    'torch.stack(frames, dim=1)'
    >>> axis_put_elsewhere("x.unsqueeze(1)", ".transpose(0, 2)", (4, 1, 7))
    """
    turn, last = axes_turned(f"_{suffix}"), len(sizes) - 1
    stacked = _axis_stacked(text)
    before = axis_made(text)
    axis = before[2] if before is not None and before[1] == "unsqueeze" else stacked
    if axis is None or turn is None or turn[1] != "transpose" or max(turn[2]) > last:
        return None
    one, other = sorted(turn[2])
    axis = axis % len(sizes)
    if axis not in (one, other) or other - one != 1:
        # What lies between two axes that are exchanged would stay where it is.
        return None
    new = other if axis == one else one
    if stacked is not None:
        return _stacked_along(text, new)
    # The axis of an expression that only seems to add one has another size.
    return f"{before[0]}.unsqueeze({-1 if new == last else new})" if before is not None and sizes[axis] == 1 else None


def _axis_stacked(text: str) -> int | None:
    """The axis along which an expression stacks a list."""
    node = expression(text)
    if not isinstance(node, ast.Call) or ast.unparse(node.func) != "torch.stack" or not node.args or "\n" in text:
        return None
    told = written_axis(node)
    return whole_number(told) if told is not None else 0


def _stacked_along(text: str, axis: int) -> str:
    call = Span("", 1, 0, 1, len(text), text)
    told = argument(call, "dim", 1)
    change = Change(told, str(axis)) if told is not None else with_keyword(call, "dim", str(axis))
    return changed(text, [change]) if change is not None else text


def axis_made(text: str) -> tuple[str, str, int] | None:
    """What an axis is added to or dropped of, by which method, and the axis.

    >>> axis_made("x[:, None]"), axis_made("torch.unsqueeze(x, dim=1)"), axis_made("x[:, 0, None]")
    (('x', 'unsqueeze', 1), ('x', 'unsqueeze', 1), None)
    """
    node = expression(text)
    if isinstance(node, ast.Subscript):
        place = _axis_of_none(node)
        return (_segment(text, node.value), "unsqueeze", place) if place is not None and "\n" not in text else None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or "\n" in text:
        return None
    is_function = is_of_torch(node)
    given = [*node.args, *(each.value for each in node.keywords if each.arg == "dim")]
    if node.func.attr not in ("squeeze", "unsqueeze") or len(given) != 1 + is_function:
        return None
    axis, base = whole_number(given[-1]), given[0] if is_function else node.func.value
    return (bracketed(_segment(text, base)), node.func.attr, axis) if axis is not None else None


def _axis_of_none(node: ast.Subscript) -> int | None:
    """The axis of one that an index puts in, where it takes everything along all others."""
    parts = items_of(node.slice)
    kinds = ["None" if isinstance(each, ast.Constant) and each.value is None else ast.unparse(each) for each in parts]
    if kinds.count("None") != 1 or set(kinds) - {"None", ":", "..."}:
        return None
    at = kinds.index("None")
    return at - len(kinds) if "..." in kinds[:at] else at


def _segment(text: str, part: ast.expr) -> str:
    return ast.get_source_segment(f"({text}\n)", part) or ast.unparse(part)


def axes_turned(text: str) -> tuple[str, str, tuple[int, ...]] | None:
    """What is turned, by which method, and its axes."""
    node = expression(text)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.keywords:
        return None
    given = one_by_one(node.args)
    axes = [whole_number(each) for each in given]
    is_plain = all(axis is not None and axis >= 0 for axis in axes) and len(set(axes)) == len(axes) > 1
    if node.func.attr not in ("permute", "transpose") or not is_plain or "\n" in text:
        return None
    return _segment(text, node.func.value), node.func.attr, tuple(axis for axis in axes if axis is not None)
