"""Tells how the code behind a call reads the first axis of what it gave: as that of the samples, or as another one."""

from __future__ import annotations

import ast
from typing import Literal

from shapecheck.evidence import Span
from shapecheck.reading.edits import whole_number
from shapecheck.reading.sources import found_at, function_around, home_around, is_named, last_name, statement_of, walk

Reading = Literal["samples", "other", ""]
# What goes through the first axis one by one.
_GOES_THROUGH = ("zip", "enumerate", "list", "tuple", "sorted", "reversed", "len")
_WITH_AXIS = (
    "softmax",
    "log_softmax",
    "argmax",
    "argmin",
    "argsort",
    "max",
    "min",
    "mean",
    "sum",
    "topk",
    "sort",
    "cumsum",
    "logsumexp",
    "norm",
)
_AXES = ("dim", "axis")
# What returns two, the second of which says where the first was.
_WITH_PLACES = ("max", "min", "topk", "sort")
# What may put another axis in front, where it is not told that the first one stays.
_MOVES = ("t", "permute", "transpose", "movedim", "swapaxes", "view", "reshape", "flatten", "squeeze", "unsqueeze")


def first_axis_readings(span: Span) -> set[Reading]:
    """How all that read the value of a call read its first axis; of what only hands it on nothing is said."""
    source, node = found_at(span)
    if source is None or node is None:
        return set()
    found: set[Reading] = set()
    pending, seen = [node], {id(node)}
    while pending:
        one, reading = _climbed(pending.pop())
        found.add(reading)
        for name in _names_given(one):
            home = function_around(name) or source.tree
            for read in walk(home):
                is_read = is_named(read, name.id) and isinstance(read.ctx, ast.Load)
                if isinstance(read, ast.Name) and is_read and id(read) not in seen and read.lineno >= name.lineno:
                    seen.add(id(read))
                    pending.append(read)
    return found - {""}


def takes_first(call: ast.expr) -> list[ast.expr]:
    """The expressions that take the first item of what a call gave: ``y[0]``, and ``y.squeeze(0)`` of a single one."""
    home, names = home_around(call), {each.id for each in _names_given(call)}
    found: list[ast.expr] = []
    for node in walk(home) if home is not None else ():
        base = node.value if isinstance(node, ast.Subscript) else None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "squeeze":
            base = node.func.value if [whole_number(each) for each in node.args] == [0] else None
        is_it = base is call or (isinstance(base, ast.Name) and base.id in names)
        is_first = isinstance(node, ast.Call) or (isinstance(node, ast.Subscript) and whole_number(node.slice) == 0)
        if is_it and is_first and isinstance(node, ast.expr):
            found.append(node)
    return found


def _climbed(node: ast.expr) -> tuple[ast.expr, Reading]:
    """The outermost expression that has the same first axis, and how what stands there reads it."""
    while True:
        up = getattr(node, "parent", None)
        if isinstance(up, ast.Subscript) and up.value is node:
            return node, _by_index(up.slice)
        if isinstance(up, ast.For | ast.comprehension) and up.iter is node:
            return node, "other"
        call = getattr(up, "parent", None) if isinstance(up, ast.Attribute) else up
        if not isinstance(call, ast.Call) or (isinstance(up, ast.Attribute) and call.func is not up):
            return node, ""
        name, is_method = last_name(call.func), isinstance(up, ast.Attribute)
        if not is_method and (not call.args or call.args[0] is not node):
            return node, ""
        if name in _GOES_THROUGH and not is_method:
            return node, "other"
        axis = _axis(call, 0 if is_method else 1) if name in _WITH_AXIS else None
        if axis in (0, 1):
            return node, "samples" if axis else "other"
        if name in _WITH_AXIS and axis is None:
            return node, ""
        if name in _MOVES and not _stays(call, 0 if is_method else 1):
            return node, ""
        # What happens along features leaves open what the first axis is.
        node = call
        if name in _WITH_PLACES and isinstance(pair := getattr(call, "parent", None), ast.Subscript):
            node = pair


def _stays(call: ast.Call, place: int) -> bool:
    """Whether axes are told and the first one is left where it is: ``transpose(1, 2)``, ``permute(0, 2, 1)``."""
    axes = [whole_number(each) for each in call.args[place:]]
    if last_name(call.func) == "permute":
        return axes[:1] == [0]
    return (
        bool(axes) and last_name(call.func) not in ("view", "reshape") and all(axis not in (0, None) for axis in axes)
    )


def _by_index(index: ast.expr) -> Reading:
    first = index.elts[0] if isinstance(index, ast.Tuple) and index.elts else index
    if isinstance(first, ast.Slice):
        return "samples" if isinstance(index, ast.Tuple) else "other"
    if isinstance(first, ast.Constant) and type(first.value) is not int:
        return ""
    return "samples" if whole_number(first) == 0 else "other"


def _axis(call: ast.Call, place: int) -> int | None:
    given = [each.value for each in call.keywords if each.arg in _AXES]
    if last_name(call.func) == "topk":
        place += 1
    given += call.args[place : place + 1]
    return whole_number(given[0]) if given else None


def _names_given(node: ast.expr) -> list[ast.Name]:
    statement = statement_of(node)
    if not isinstance(statement, ast.Assign) or statement.value is not node:
        return []
    firsts = [each.elts[0] if isinstance(each, ast.Tuple) and each.elts else each for each in statement.targets]
    return [each for each in firsts if isinstance(each, ast.Name)]
