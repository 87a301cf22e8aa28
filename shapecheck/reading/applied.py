"""Reads what is written in two ways: ``x.mean(1)`` and ``torch.mean(x, 1)``, ``x.size(1)`` and ``x.shape[1]``."""

from __future__ import annotations

import ast

from shapecheck.reading.edits import whole_number
from shapecheck.reading.sources import is_named

_AXIS = ("dim", "axis")


def is_of_torch(call: ast.Call) -> bool:
    """Whether a call is that of a function, ``torch.cat(x)``, and not of a method, ``x.view()``."""
    return isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "torch"


def applied_to(call: ast.Call) -> ast.expr | None:
    """What a method is called on, or torch's function is given first; None for other functions, and for nothing given.

    >>> [ast.unparse(applied_to(ast.parse(text).body[0].value)) for text in ("x.mean(1)", "torch.mean(x, 1)")]
    ['x', 'x']
    """
    if is_of_torch(call):
        return call.args[0] if call.args else None
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def told_to(call: ast.Call) -> list[ast.expr]:
    """What a call is given without a keyword beside what it is of.

    >>> [ast.unparse(each) for each in told_to(ast.parse("torch.mean(x, 1)").body[0].value)]
    ['1']
    """
    return call.args[is_of_torch(call) :]


def one_by_one(given: list[ast.expr]) -> list[ast.expr]:
    """Sizes or axes that a call is told one by one, or as a row: ``2, n`` of ``view(2, n)`` and of ``view((2, n))``.

    >>> [len(one_by_one(ast.parse(text).body[0].value.args)) for text in ("f(2, n)", "f((2, n))", "f(shape)")]
    [2, 2, 1]
    """
    whole = given[0] if len(given) == 1 else None
    return whole.elts if isinstance(whole, ast.Tuple | ast.List) else given


def written_axis(call: ast.Call, at: int = 0) -> ast.expr | None:
    """The axis that is written in a call, by its keyword or as what is told at a place; None if there is none.

    >>> [ast.unparse(written_axis(ast.parse(text).body[0].value)) for text in ("x.sum(axis=2)", "torch.sum(x, -1)")]
    ['2', '-1']
    """
    named = [each.value for each in call.keywords if each.arg in _AXIS]
    return next(iter((*named, *told_to(call)[at : at + 1])), None)


def given_as(call: ast.Call, name: str, at: int | None = None) -> ast.expr | None:
    """What a call is given for a parameter: by its keyword, or else at a place."""
    named = next((each.value for each in call.keywords if each.arg == name), None)
    return call.args[at] if named is None and at is not None and 0 <= at < len(call.args) else named


def size_asked(node: ast.AST | None) -> tuple[ast.expr, int] | None:
    """What is asked for a size, and along which axis: ``x.size(1)``, ``x.shape[1]``, ``len(x)``; else None.

    >>> [size_asked(ast.parse(text).body[0].value)[1] for text in ("x.size(1)", "x.shape[-2]", "len(x)")]
    [1, -2, 0]
    """
    base: ast.expr | None = None
    axis: int | None = None
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        if isinstance(node.func, ast.Attribute) and node.func.attr == "size":
            base, axis = node.func.value, whole_number(node.args[0])
        elif is_named(node.func, "len"):
            base, axis = node.args[0], 0
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
        base, axis = node.value.value, whole_number(node.slice)
    return (base, axis) if base is not None and axis is not None else None
