"""Operands with respect to which the script differentiates: the gradients have the shapes that these have there."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.origins import given_for
from shapecheck.reading.sources import Source, home_around, last_name, names_in, node_at, source_of, walk


def is_differentiated_beside(evidence: Evidence, item: Argument) -> bool:
    """Whether gradients are asked for an operand and for another one of the operation in the same function.

    One whose axes were changed only where it is used would have a gradient beside which no other one lies.

    Args:
        evidence: The problem.
        item: The operand.
    """
    operation, source = evidence.operation, source_of(item.span.file) if item.span is not None else None
    if operation is None or source is None or not item.expression.isidentifier():
        return False
    others = {each.expression for each in operation.arguments if each.value.kind == "tensor"} - {item.expression}
    home = home_around(node_at(item.span))
    asked = _asked(source, home) if home is not None else set()
    return item.expression in asked and bool(others & asked)


def _asked(source: Source, home: ast.AST) -> set[str]:
    """The names for which a function asks gradients: of torch, or of a function that hands them on to torch."""
    calls = [each for each in walk(home) if isinstance(each, ast.Call)]
    asked = set[str]().union(*map(_inputs, calls))
    for name, function, parameter in _handing_on(source):
        given = [given_for(call, function, parameter) for call in calls if last_name(call.func) == name]
        asked |= names_in(*given)
    return asked


def _inputs(call: ast.Call) -> set[str]:
    if last_name(call.func) != "grad":
        return set()
    return names_in(*call.args[1:2], *(each.value for each in call.keywords if each.arg == "inputs"))


def _handing_on(source: Source) -> Iterator[tuple[str, ast.FunctionDef | ast.Lambda, str]]:
    """The functions of a script that ask gradients for what they are given: name, function, parameter."""
    for node in walk(source.tree):
        named = isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda)
        function = node.value if named and isinstance(node, ast.Assign) else node
        name = last_name(node.targets[0]) if isinstance(node, ast.Assign) else getattr(node, "name", "")
        if isinstance(function, ast.FunctionDef | ast.Lambda):
            inside = set[str]().union(*(_inputs(each) for each in walk(function) if isinstance(each, ast.Call)))
            yield from ((name, function, each.arg) for each in function.args.args if each.arg in inside)
