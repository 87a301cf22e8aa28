"""What a layer's constructor was told, and by which calls farther out: ``block(c, 8)`` for the ``i`` of a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice

from shapecheck.capture.crashes.births import Place, birth_of
from shapecheck.capture.crashes.frames import is_user_file
from shapecheck.capture.crashes.functions import argument_for, argument_nodes
from shapecheck.capture.crashes.scopes import own_nodes
from shapecheck.capture.crashes.source import FunctionNode, SourceFile, function_around, source_file
from shapecheck.evidence import Span
from shapecheck.reading.sources import is_named, parameters, parents

MAX_NAMES = 6


def told(module: object, path: str = "") -> dict[str, tuple[Span, ...]]:
    """For each argument of a layer's constructor: what is written for it, and at each call farther out that gave it.

    Args:
        module: The layer.
        path: Where it is in the model: of what a loop takes from a list of widths, the first layer takes the first.
    """
    calls = list(_calls(birth_of(module)))
    if not calls or _is_by_method(calls[0][1], type(module)):
        return {}
    given, is_first = argument_nodes(calls[0][1], type(module)), path.rpartition(".")[2] == "0"
    return {name: tuple(_handed(node, calls, is_first=is_first)) for name, node in given.items()}


def call_of_birth(module: object) -> ast.Call | None:
    """The call of the script that made a layer; None if nobody noted it, or another file than the script's did."""
    found = next(_calls(birth_of(module)), None)
    return found[1] if found is not None else None


def _is_by_method(call: ast.Call, kind: type) -> bool:
    """Whether a layer was made by a method of its class, which takes other things than the constructor."""
    home = call.func.value if isinstance(call.func, ast.Attribute) else None
    return home is not None and ast.unparse(home).rpartition(".")[2] == kind.__name__


def _calls(places: tuple[Place, ...]) -> Iterator[tuple[SourceFile, ast.Call]]:
    """The calls of the script that were running, from the inside out."""
    for code, last in places:
        if not is_user_file(code.co_filename):
            continue
        source = source_file(code.co_filename)
        line, end_line, column, end_column = next(islice(code.co_positions(), last // 2, None), (None,) * 4)
        if line is None or end_line is None or column is None or end_column is None:
            return
        node = source.at(line, column, end_line, end_column)
        if isinstance(node, ast.Call):
            yield source, node
        elif not isinstance(node, ast.ListComp | ast.GeneratorExp | ast.DictComp):
            # A comprehension runs on its own, in the middle of the function around it.
            return


def _handed(node: ast.expr, calls: list[tuple[SourceFile, ast.Call]], *, is_first: bool) -> Iterator[Span]:
    """An argument, and what the calls farther out gave for it, as long as it is one name that they hand on."""
    picks = False
    for at, (source, call) in enumerate(calls):
        yield source.span(node)
        function, seen = function_around(call), 0
        while (found := _behind(node, function, call, is_first=is_first, picks=picks)) is not None and seen < MAX_NAMES:
            (node, picks), seen = found, seen + 1
            if not picks:
                yield source.span(node)
        outer = calls[at + 1] if at + 1 < len(calls) else None
        if not isinstance(node, ast.Name) or outer is None or function is None or not _is_given(function, node):
            return
        given = argument_for(node.id, function, outer[1])
        if given is None:
            return
        node = given


def _behind(
    node: ast.expr, function: FunctionNode | None, call: ast.Call, *, is_first: bool, picks: bool
) -> tuple[ast.expr, bool] | None:
    """What an expression stands for in the same function; and whether it is the first of that, which is a list."""
    if picks:
        first = _first(node)
        if first is not None:
            return first, False
    elif is_first and (held := _list_of(node)) is not None:
        return held, True
    value = _assigned(function, node.id, call) if isinstance(node, ast.Name) and function is not None else None
    return None if value is None else (value, picks)


def _first(made: ast.expr) -> ast.expr | None:
    """The first of what is put together: of ``[a, *b]``, of ``[a] + b``."""
    while isinstance(made, ast.BinOp) and isinstance(made.op, ast.Add):
        made = made.left
    parts = made.elts if isinstance(made, ast.List | ast.Tuple) else []
    return parts[0] if parts and not isinstance(parts[0], ast.Starred) else None


def _list_of(node: ast.expr) -> ast.expr | None:
    """The list that a loop goes along: ``zip(sizes[:-1], sizes[1:])`` of which a name is the first, ``sizes[i]``."""
    if isinstance(node, ast.Subscript):
        return node.value if isinstance(node.slice, ast.Name) and isinstance(node.value, ast.Name) else None
    for up in parents(node) if isinstance(node, ast.Name) else ():
        for each in getattr(up, "generators", [up]):
            names = [ast.unparse(part) for part in getattr(getattr(each, "target", None), "elts", [])]
            walked = getattr(each, "iter", None)
            pairs = walked.args if isinstance(walked, ast.Call) and ast.unparse(walked.func) == "zip" else []
            if isinstance(node, ast.Name) and names[:1] == [node.id] and len(pairs) == 2:
                base = pairs[0].value if isinstance(pairs[0], ast.Subscript) else pairs[0]
                return base if ast.unparse(pairs[1]) == f"{ast.unparse(base)}[1:]" else None
    return None


def _stores(function: FunctionNode, name: str, line: int) -> list[ast.Name]:
    """Where a function gives a name a value above a line."""
    named = [each for each in own_nodes(function) if is_named(each, name)]
    return [each for each in named if isinstance(each.ctx, ast.Store) and each.lineno <= line]


def _is_given(function: FunctionNode, node: ast.Name) -> bool:
    return node.id in parameters(function) and not _stores(function, node.id, node.lineno)


def _assigned(function: FunctionNode, name: str, call: ast.Call) -> ast.expr | None:
    """What a name was given last, outside of all branches and loops."""
    stores = _stores(function, name, call.lineno)
    last = max(stores, key=lambda each: each.lineno, default=None)
    statement = getattr(last, "parent", None)
    is_plain = isinstance(statement, ast.Assign) and statement in getattr(function, "body", [])
    if last is None or not is_plain or not isinstance(statement, ast.Assign) or statement.lineno == call.lineno:
        return None
    return statement.value
