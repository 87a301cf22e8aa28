"""The kinds of layers that a list holds which are called one by one: ``for rnn in self.layers: x, _ = rnn(x)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.reading.assignments import values_given
from shapecheck.reading.sources import Source, class_around, last_name, names_in, parents, walk

_FILLS = ("append", "add_module")


def kinds_of_list(source: Source, called: ast.expr) -> set[str]:
    """The names of what made the items of the list that an item is called of; empty where it is of none.

    Args:
        source: The file.
        called: ``self.layers[k]``, or a name that a loop goes over them with.
    """
    listed = called.value if isinstance(called, ast.Subscript) else _gone_over(called)
    if not isinstance(listed, ast.Name | ast.Attribute):
        return set()
    return {last_name(each) for each in _items(class_around(called) or source.tree, ast.unparse(listed))}


def _gone_over(called: ast.expr) -> ast.expr | None:
    """What a loop around takes a name from, itself or among others: ``zip(self.layers, self.norms)``."""
    for loop in parents(called) if isinstance(called, ast.Name) else ():
        if not isinstance(loop, ast.For) or called.id not in names_in(loop.target):  # type: ignore[attr-defined]
            continue
        target, rows = loop.target, loop.iter
        while isinstance(rows, ast.Call) and last_name(rows.func) in ("enumerate", "zip", "reversed"):
            parts = [target] if isinstance(target, ast.Name) else getattr(target, "elts", [])
            if last_name(rows.func) == "enumerate":
                parts = parts[1:]
            at = next((at for at, part in enumerate(parts) if called.id in names_in(part)), 0)  # type: ignore[attr-defined]
            if at >= len(rows.args):
                return None
            target, rows = (parts or [target])[at], rows.args[at]
        return rows
    return None


def _items(home: ast.AST, listed: str) -> Iterator[ast.expr]:
    """What makes the items that a list is made with, and those that are put into it later."""
    for node in walk(home):
        for target, value in values_given(node):
            if ast.unparse(target) == listed:
                yield from _made(value)
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        if node.func.attr in _FILLS and ast.unparse(node.func.value) == listed:
            yield from _made(node.args[-1])


def _made(value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(value, ast.List | ast.Tuple):
        for each in value.elts:
            yield from _made(each)
    elif isinstance(value, ast.ListComp | ast.GeneratorExp):
        yield from _made(value.elt)
    elif isinstance(value, ast.Call) and last_name(value.func) in ("ModuleList", "list"):
        for each in value.args:
            yield from _made(each)
    else:
        yield value.func if isinstance(value, ast.Call) else value
