"""Which names in a function stand for which axis of which tensor: ``b, c, h, w = u.shape``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.recording.user_code import tree_of
from shapecheck.reading.applied import size_asked
from shapecheck.reading.edits import whole_number
from shapecheck.reading.sources import function_of_line, is_named, last_name, source_of, walk


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a tensor, by the text that the tensor goes by.

    Args:
        tensor: Its text, such as ``u``.
        at: Which axis; below zero where it is counted from the end.
        ndim: How many axes it has; 0 where that is not said.
        line: Where the name was bound; 0 for an axis that is spelt out on the spot.
    """

    tensor: str
    at: int
    ndim: int
    line: int


def axes_by_name(file: str, line: int) -> dict[str, Axis]:
    """The names of sizes that are bound once, above a line, in the function around it, or beside all functions."""
    found: dict[str, Axis] = {}
    bound: list[str] = []
    for item in _around(file, line):
        if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store):
            bound.append(item.id)
        if isinstance(item, ast.Assign) and item.lineno < line and len(item.targets) == 1:
            found |= _bound_by(item.targets[0], item.value, item.lineno)
    return {name: axis for name, axis in found.items() if bound.count(name) == 1}


def axes_of_names(statement: ast.Assign) -> dict[str, Axis]:
    """The names of sizes that one statement binds."""
    return _bound_by(statement.targets[0], statement.value, statement.lineno) if len(statement.targets) == 1 else {}


def shape_by_name(file: str, line: int, name: str) -> str | None:
    """The tensor whose whole shape a name holds that is bound once, above a line: ``shape = x.shape``."""
    items = list(_around(file, line))
    names = [item for item in items if is_named(item, name)]
    stores = [item for item in names if isinstance(item.ctx, ast.Store)]
    for item in items if len(stores) == 1 else ():
        if isinstance(item, ast.Assign) and item.lineno < line and item.targets == stores:
            return whole_shape(item.value)
    return None


def _around(file: str, line: int) -> Iterator[ast.AST]:
    """What stands in the function around a line, or of a script what stands in no function and no class."""
    function = function_of_line(source_of(file), line)
    tree = tree_of(file)
    if function is None and tree is not None:
        for statement in tree.body:
            if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from walk(statement)
    elif function is not None:
        yield from walk(function)


def stores_between(file: str, first: int, last: int, name: str) -> bool:
    """Whether a name gets another value on the lines between two."""
    tree = tree_of(file)
    return any(
        isinstance(item, ast.Name)
        and item.id == name
        and isinstance(item.ctx, ast.Store)
        and first < item.lineno < last
        for item in walk(tree)
    )


def axis_spelt(value: ast.expr) -> tuple[str, int] | None:
    """The tensor and the axis of ``x.size(1)`` or ``x.shape[1]``."""
    asked = size_asked(value) if not isinstance(value, ast.Call) or last_name(value.func) == "size" else None
    return None if asked is None else (ast.unparse(asked[0]), asked[1])


def _bound_by(target: ast.expr, value: ast.expr, line: int) -> dict[str, Axis]:
    if isinstance(target, ast.Name):
        spelt = axis_spelt(value)
        return {} if spelt is None else {target.id: Axis(*spelt, 0, line)}
    if not isinstance(target, ast.Tuple | ast.List):
        return {}
    if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts):
        pairs = zip(target.elts, value.elts, strict=True)
        return {name: axis for one, other in pairs for name, axis in _bound_by(one, other, line).items()}
    sizes = _sizes_of(value)
    if sizes is None or not all(isinstance(item, ast.Name | ast.Starred) for item in target.elts):
        return {}
    tensor, first, is_whole = sizes
    count, star = len(target.elts), [at for at, item in enumerate(target.elts) if isinstance(item, ast.Starred)]
    if first < 0 and (star or count != -first):
        return {}
    found = {}
    for at, item in enumerate(target.elts):
        if isinstance(item, ast.Name) and (not star or at < star[0] or is_whole):
            place = at - count if star and at > star[0] else first + at
            found[item.id] = Axis(tensor, place, count if is_whole and not star else 0, line)
    return found


def _sizes_of(value: ast.expr) -> tuple[str, int, bool] | None:
    """The tensor of ``x.shape``, ``x.size()`` or ``x.shape[1:]``, the first axis, and whether these are all."""
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice) and value.slice.step is None:
        whole, first = whole_shape(value.value), whole_number(value.slice.lower) if value.slice.lower else 0
        is_known = first is not None and (value.slice.upper is None or first >= 0)
        return (whole, first or 0, False) if whole is not None and is_known else None
    whole = whole_shape(value)
    return None if whole is None else (whole, 0, True)


def whole_shape(value: ast.expr) -> str | None:
    """What all sizes are asked of: ``x`` of ``x.size()`` and of ``x.shape``."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "size":
        return None if value.args or value.keywords else ast.unparse(value.func.value)
    return ast.unparse(value.value) if isinstance(value, ast.Attribute) and value.attr == "shape" else None
