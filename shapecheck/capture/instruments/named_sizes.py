"""Which names in a function stand for which axis of which tensor: ``b, c, h, w = u.shape``."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from shapecheck.capture.recording.user_code import tree_of


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a tensor, by the text that the tensor goes by.

    Args:
        tensor: Its text, such as ``u``.
        at: Which axis.
        ndim: How many axes it has; 0 where that is not said.
        line: Where the name was bound; 0 for an axis that is spelt out on the spot.
    """

    tensor: str
    at: int
    ndim: int
    line: int


def axes_by_name(file: str, line: int) -> dict[str, Axis]:
    """The names of sizes that are bound once, above a line, in the function around it."""
    function = function_at(file, line)
    found: dict[str, Axis] = {}
    bound: list[str] = []
    for item in ast.walk(function) if function is not None else ():
        if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store):
            bound.append(item.id)
        if isinstance(item, ast.Assign) and item.lineno < line and len(item.targets) == 1:
            found |= _bound_by(item.targets[0], item.value, item.lineno)
    return {name: axis for name, axis in found.items() if bound.count(name) == 1}


def stores_between(file: str, first: int, last: int, name: str) -> bool:
    """Whether a name gets another value on the lines between two."""
    tree = tree_of(file)
    return any(
        isinstance(item, ast.Name)
        and item.id == name
        and isinstance(item.ctx, ast.Store)
        and first < item.lineno < last
        for item in (ast.walk(tree) if tree is not None else ())
    )


def axis_spelt(value: ast.expr) -> tuple[str, int] | None:
    """The tensor and the axis of ``x.size(1)`` or ``x.shape[1]``."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "size":
        number = value.args[0] if len(value.args) == 1 else None
        tensor = value.func.value
    elif isinstance(value, ast.Subscript) and isinstance(value.value, ast.Attribute) and value.value.attr == "shape":
        number, tensor = value.slice, value.value.value
    else:
        return None
    if not isinstance(number, ast.Constant) or not isinstance(number.value, int) or number.value < 0:
        return None
    return ast.unparse(tensor), number.value


def _bound_by(target: ast.expr, value: ast.expr, line: int) -> dict[str, Axis]:
    if isinstance(target, ast.Name):
        spelt = axis_spelt(value)
        return {} if spelt is None else {target.id: Axis(*spelt, 0, line)}
    if not isinstance(target, ast.Tuple | ast.List):
        return {}
    if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts):
        pairs = zip(target.elts, value.elts, strict=True)
        return {name: axis for one, other in pairs for name, axis in _bound_by(one, other, line).items()}
    tensor = _whole_shape(value)
    if tensor is None or not all(isinstance(item, ast.Name) for item in target.elts):
        return {}
    return {
        item.id: Axis(tensor, at, len(target.elts), line)
        for at, item in enumerate(target.elts)
        if isinstance(item, ast.Name)
    }


def _whole_shape(value: ast.expr) -> str | None:
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "size":
        return None if value.args or value.keywords else ast.unparse(value.func.value)
    return ast.unparse(value.value) if isinstance(value, ast.Attribute) and value.attr == "shape" else None


def function_at(file: str, line: int) -> ast.AST | None:
    """The innermost function around a line."""
    found: ast.FunctionDef | ast.AsyncFunctionDef | None = None
    tree = tree_of(file)
    for item in ast.walk(tree) if tree is not None else ():
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and item.lineno <= line <= (item.end_lineno or 0):
            found = item if found is None or item.lineno > found.lineno else found
    return found
