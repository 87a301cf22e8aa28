"""The layers of a script that leave fewer steps than they get: as often, and in the order, as they are gone through."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from shapecheck.evidence import Evidence
from shapecheck.reading.applied import given_as
from shapecheck.reading.definitions import values_returned
from shapecheck.reading.origins import given_for
from shapecheck.reading.reckoning import CannotReckonError, Names, Reckoner, bound
from shapecheck.reading.sources import Source, class_around, function_around, last_name, parents, statement_of, walk

# Where torch's constructors take kernel size, stride, padding and dilation; None where they have none.
_LAYERS: dict[str, tuple[int, int, int, int | None]] = {
    **dict.fromkeys(("Conv1d", "Conv2d"), (2, 3, 4, 5)),
    **dict.fromkeys(("MaxPool1d", "MaxPool2d"), (0, 1, 2, 3)),
    **dict.fromkeys(("AvgPool1d", "AvgPool2d"), (0, 1, 2, None)),
    **dict.fromkeys(("max_pool1d", "max_pool2d"), (1, 2, 3, 4)),
    **dict.fromkeys(("avg_pool1d", "avg_pool2d"), (1, 2, 3, None)),
}
# What does the same with weights that somebody else keeps, or does it in a way of its own.
_OTHERS = ("conv1d", "conv2d", "interpolate", "unfold", "AdaptiveAvgPool1d", "AdaptiveMaxPool1d")
_LOOPS = (ast.For, ast.ListComp, ast.GeneratorExp)
# Layers in modules in modules: whatever is made farther in is made by code that nobody reads for its count.
MAX_DEPTH = 3
Fewer = tuple[int, int]
_Round = tuple[tuple[int, ...], Names]


def leaving_fewer(evidence: Evidence, source: Source, place: int) -> list[Fewer] | None:
    """What each layer on the way does to the number of steps: what it adds before it divides, and by what.

    Args:
        evidence: The problem.
        source: The file.
        place: The place of the steps in a size of several axes, -1 or 0.

    Returns:
        One pair a layer, of which ``(steps + added) // stride + 1`` is left; None where one of them cannot be read.
    """
    if any(True for _ in source.calls(*_OTHERS)):
        return None
    try:
        found = [
            (key, _settings(Reckoner(evidence), source, call, place, names))
            for call in source.calls(*_LAYERS)
            for key, names in _rounds(evidence, source, call)
        ]
    except (CannotReckonError, TypeError, LookupError):
        return None
    return [pair for _, pair in sorted(found)]


def may_leave_fewer(evidence: Evidence, source: Source) -> bool:
    """Whether a file has layers that may leave fewer steps than they get, or takes every second one itself."""
    known = leaving_fewer(evidence, source, -1)
    is_sliced = any(isinstance(each, ast.Slice) and each.step is not None for each in walk(source.tree))
    return is_sliced or known is None or any(pair != (-1, 1) for pair in known)


def left_of(steps: int, layers: list[Fewer]) -> int:
    """How many steps layers leave of so many."""
    for added, stride in layers:
        steps = (steps + added) // stride + 1
    return steps


def _settings(reckoner: Reckoner, source: Source, call: ast.Call, place: int, names: Names) -> Fewer:
    at = _LAYERS[last_name(call.func)]
    is_pool = "ool" in last_name(call.func)

    def number(name: str, position: int | None, default: int | None) -> int:
        given = _given(call, name, position)
        value = default if given is None else reckoner.value(source, given, names)
        value = value[place] if isinstance(value, list) else value
        if value == "same":
            return -1
        if type(value) is not int and value != "valid":
            raise CannotReckonError
        return value if type(value) is int else 0

    kernel = number("kernel_size", at[0], None)
    stride = number("stride", at[1], kernel if is_pool else 1)
    padding, dilation = number("padding", at[2], 0), number("dilation", at[3], 1)
    if stride < 1 or (is_pool and _given(call, "ceil_mode", None) is not None):
        raise CannotReckonError
    return (-1, 1) if padding < 0 else (2 * padding - dilation * (kernel - 1) - 1, stride)


def _given(call: ast.Call, name: str, position: int | None) -> ast.expr | None:
    if any(each.arg is None for each in call.keywords) or any(isinstance(each, ast.Starred) for each in call.args):
        raise CannotReckonError
    return given_as(call, name, position)


def _rounds(evidence: Evidence, source: Source, node: ast.expr, depth: int = 0) -> Iterator[_Round]:
    """Each time that a piece of code is gone through: where in the order it comes, and what the names are then."""
    places: list[tuple[tuple[int, ...], ast.expr]] = [
        (step, use) for use in _uses(node) for step, _ in _looped(evidence, source, use, {})
    ]
    for key, names in _outer(evidence, source, node, depth):
        for step, use in places or [((), node)]:
            for inner, more in _looped(evidence, source, node, names):
                order = (*key, use.lineno, use.col_offset, *step, node.lineno, node.col_offset, *inner)
                yield order, {**names, **more}


def _outer(evidence: Evidence, source: Source, node: ast.expr, depth: int) -> list[_Round]:
    """The same of the function around it: once for each call."""
    function, owner = function_around(node), class_around(node)
    if function is None or depth > MAX_DEPTH:
        return [((), {})]
    is_layer = owner is not None and function.name in ("__init__", "forward")
    name = owner.name if owner is not None and is_layer else function.name
    found: list[_Round] = []
    for call in source.calls(name):
        if function_around(call) is not function:
            for key, names in _rounds(evidence, source, call, depth + 1):
                given = {} if function.name == "forward" else _handed(evidence, source, function, call, names)
                found.append((key, given))
    return found or [((), {})]


def _handed(evidence: Evidence, source: Source, function: ast.FunctionDef, call: ast.Call, names: Names) -> Names:
    """What a call gives for the parameters, as far as it can be told."""
    found: Names = {}
    for parameter in (*function.args.args, *function.args.kwonlyargs):
        given = given_for(call, function, parameter.arg)
        if given is not None:
            try:
                found[parameter.arg] = Reckoner(evidence).value(source, given, names)
            except CannotReckonError:
                continue
    return found


def _looped(evidence: Evidence, source: Source, node: ast.expr, names: Names) -> list[_Round]:
    """Each round of the loops around it, in what makes or calls layers."""
    home = function_around(node)
    around = [up for up in parents(node) if isinstance(up, _LOOPS) and function_around(up) is home]
    found: list[_Round] = [((), {})]
    for loop in reversed(around if class_around(node) is not None or _returns(home) else []):
        generators: list[ast.comprehension] = getattr(loop, "generators", [])
        if len(generators) > 1 or any(each.ifs for each in generators):
            raise CannotReckonError
        outer: Any = generators[0] if generators else loop
        found = [
            ((*key, at), {**more, **bound(outer.target, item)})
            for key, more in found
            for at, item in enumerate(Reckoner(evidence).value(source, outer.iter, {**names, **more}))
        ]
    return found


def _returns(function: ast.FunctionDef | None) -> bool:
    return bool(values_returned(function))


def _uses(node: ast.expr) -> list[ast.Call]:
    """The calls of the attribute that a layer, or the row of layers that it stands in, is kept by."""
    statement, owner = statement_of(node), class_around(node)
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    if owner is None or not isinstance(target, ast.Attribute):
        return []
    text = ast.unparse(target)
    calls = [each for each in walk(owner) if isinstance(each, ast.Call)]
    return [each for each in calls if ast.unparse(each.func) == text]
