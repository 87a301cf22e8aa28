"""Along which axis the shares are taken of what an operation gives: the axis that a softmax behind it names."""

from __future__ import annotations

import ast

from shapecheck.evidence import Operation
from shapecheck.reading.edits import whole_number
from shapecheck.reading.sources import home_around, names_in, node_at, parents, statement_of, walk
from shapecheck.reading.vocabulary import FUNCTIONAL


def shares_along(operation: Operation, ndim: int) -> int | None:
    """The axis, counted from the front; None where no softmax behind it tells one, or several tell others.

    Args:
        operation: The operation.
        ndim: How many axes its result has.
    """
    node = node_at(operation.span) if operation.span is not None else None
    statement = statement_of(node) if node is not None else None
    if node is None or statement is None:
        return None
    names = names_in(*statement.targets) if isinstance(statement, ast.Assign) else set()
    around = set(parents(node))
    axes: set[int] = set()
    for call in walk(home_around(node)):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr != "softmax":
            continue
        is_function = ast.unparse(call.func.value) in FUNCTIONAL
        base = call.args[0] if is_function and call.args else call.func.value
        is_behind = call.lineno >= statement.lineno and isinstance(base, ast.Name) and base.id in names
        if base is node or base in around or is_behind:
            axis = [*call.args[is_function:], *(each.value for each in call.keywords if each.arg == "dim")]
            number = whole_number(axis[0]) if axis else None
            axes.add(number % ndim if number is not None and -ndim <= number < ndim else -1)
    return axes.pop() if len(axes) == 1 and -1 not in axes else None
