"""Where one truth, or one number, is asked for of what an expression gives: by ``if``, ``int()``, ``.item()``."""

from __future__ import annotations

import ast

from shapecheck.reading.sources import Source, function_around, last_name, parents, target_of, walk

_TESTS = (ast.If, ast.While, ast.IfExp, ast.Assert, ast.comprehension)
_ONE = ("bool", "int", "float", "any", "all", "filter", "range")
_METHODS = ("item", "backward", "__bool__", "is_integer")


def is_asked_as_one(source: Source, node: ast.expr) -> bool:
    """Whether the value is asked where it stands, under the name that it is given, or where its function is called."""
    up = getattr(node, "parent", None)
    function = function_around(node)
    if isinstance(up, ast.Lambda) or _asks(node):
        return True
    if isinstance(up, ast.Return) and function is not None:
        # Python itself asks what compares two objects, and whoever is handed a function may do so.
        is_own = function.name.startswith("__") and function.name not in ("__call__", "__getitem__")
        return is_own or any(_is_asked_of(each) for each in _reads(source.tree, function.name))
    target = target_of(node)
    if target is None:
        return False
    name = target.attr if isinstance(target, ast.Attribute) else ast.unparse(target)
    home = source.tree if function is None or isinstance(target, ast.Attribute) else function
    return any(_asks(each) for each in _reads(home, name))


def _reads(home: ast.AST, name: str) -> list[ast.expr]:
    found = (each for each in walk(home) if isinstance(each, ast.Name | ast.Attribute))
    return [each for each in found if isinstance(each.ctx, ast.Load) and last_name(each) == name]


def _is_asked_of(function: ast.expr) -> bool:
    """Whether a function is asked where it is called; or it is handed on, and nobody knows."""
    up = getattr(function, "parent", None)
    if isinstance(up, ast.Call) and up.func is function:
        return _asks(up)
    return isinstance(up, ast.Call | ast.keyword)


def _asks(node: ast.expr) -> bool:
    inner: ast.AST = node
    for up in parents(node):
        if isinstance(up, _TESTS):
            return inner is not getattr(up, "target", None) and inner not in _bodies(up)
        if isinstance(up, ast.Attribute):
            return up.attr in _METHODS
        if isinstance(up, ast.Call):
            return inner in up.args and isinstance(up.func, ast.Name) and last_name(up.func) in _ONE
        if not isinstance(up, ast.BoolOp | ast.UnaryOp | ast.Compare | ast.GeneratorExp | ast.ListComp):
            return False
        if isinstance(up, ast.UnaryOp) and not isinstance(up.op, ast.Not):
            return False
        inner = up
    return False


def _bodies(up: ast.AST) -> list[ast.AST]:
    """What a choice gives, and an assertion tells, which nobody asks."""
    if isinstance(up, ast.IfExp):
        return [up.body, up.orelse]
    return [up.iter] if isinstance(up, ast.comprehension) else [up.msg] if isinstance(up, ast.Assert) and up.msg else []
