"""What the assignments of a script give a value to, and which."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.reading.sources import Source, every_parameter, is_named, names_in, walk


def values_given(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What an assignment sets, each with what it is set to: two of ``a, b = c, d``, and two of ``a = b = c``.

    Of one value for a row of names, ``a, b = f(x)``, the row is told as a whole. What is no assignment sets nothing.
    """
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        yield node.target, node.value
    for target in node.targets if isinstance(node, ast.Assign) else ():
        yield from _parts(target, node.value)  # type: ignore[attr-defined]


def _parts(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    row, values = (each.elts if isinstance(each, ast.Tuple | ast.List) else [] for each in (target, value))
    if not row or len(row) != len(values) or any(isinstance(each, ast.Starred) for each in (*row, *values)):
        yield target, value
        return
    for one, part in zip(row, values, strict=True):
        yield from _parts(one, part)


def first_name_given(call: ast.AST) -> str:
    """The first of several names that the results of a call are given: ``"out"`` in ``out, state = lstm(x)``."""
    statement = getattr(call, "parent", None)
    target = statement.targets[0] if isinstance(statement, ast.Assign) and statement.value is call else None
    first = target.elts[0] if isinstance(target, ast.Tuple) and target.elts else None
    return first.id if isinstance(first, ast.Name) else ""


def stored_in(node: ast.AST) -> set[str]:
    """The names that something inside of an expression, a statement or a function gives a value."""
    return {each.id for each in walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}


def names_read(node: ast.AST) -> set[str]:
    """The names that something inside of an expression, a statement or a function reads."""
    return {each.id for each in walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}


def is_global(source: Source, node: ast.AST | None) -> bool:
    """Whether all names of an expression are given in the file itself, so that any of its functions can read them."""
    lines = (line for line in source.tree.body if isinstance(line, ast.Assign | ast.AnnAssign))
    return node is not None and names_in(node) <= {name for line in lines for name in stored_in(line)}


def named_values(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """What is given a name, and what is given by a keyword: ``PAD = 0``, ``PAD, EOS = 0, 1``, ``pad_id=0``."""
    for node in walk(tree):
        yield from ((ast.unparse(target), value) for target, value in values_given(node))
        if isinstance(node, ast.keyword) and node.arg is not None:
            yield node.arg, node.value


def only_value(home: ast.AST, name: str) -> ast.expr | None:
    """The value that a name is given in a function or a file, where it is given one once."""
    values = [value for line in walk(home) for target, value in values_given(line) if is_named(target, name)]
    stores = [each for each in walk(home) if is_named(each, name) and isinstance(each.ctx, ast.Store)]
    return values[0] if len(values) == len(stores) == 1 else None


def own_names(function: ast.FunctionDef) -> set[str]:
    """The names that a function has of its own: its parameters, and what it gives a value."""
    return stored_in(function).union(every_parameter(function))


def names_outside(source: Source) -> set[str]:
    """The names that are set outside of functions and classes, each by a line of its own."""
    lines = (line for line in source.tree.body if isinstance(line, ast.Assign))
    return {target.id for line in lines for target in line.targets if isinstance(target, ast.Name)}
