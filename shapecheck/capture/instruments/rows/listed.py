"""Where a script puts the items of a tensor into a list, one by one: ``scores.extend(dice(x, y).tolist())``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.axes.named_sizes import stores_between
from shapecheck.capture.instruments.tensors.names import assigned
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import Spot, expression_at, statement_at, tree_of
from shapecheck.reading.sources import function_of_line, is_named, source_of, under_methods

# What hands on all items, as tensors or as numbers.
_HANDS_ON = frozenset(["tolist", "cpu", "numpy", "detach"])


def list_of(node: Node) -> tuple[str, int] | None:
    """The name of the list that the items of a tensor are put into, and the line; None if there is none.

    The sum of a list does not say how many items were put into it, so one of which nothing else is asked is left out.
    """
    spot = node.spot
    while spot is not None:
        file, value = spot.code.co_filename, expression_at(spot, ast.expr)
        held = under_methods(value, _HANDS_ON) if isinstance(value, ast.expr) else None
        for item, name, given in _extended(spot) if held is not None else ():
            put = under_methods(given, _HANDS_ON)
            if held is not None and _is_given(spot, item, put, held) and not _is_only_summed(file, item, name):
                return name, item.lineno
        spot = spot.caller
    return None


def _extended(spot: Spot) -> Iterator[tuple[ast.stmt, str, ast.expr]]:
    """The statements around an instruction that lengthen a list by all items of something."""
    file = spot.code.co_filename
    around = function_of_line(source_of(file), spot.line) or tree_of(file)
    for item in ast.walk(around) if around is not None else ():
        if isinstance(item, ast.AugAssign) and isinstance(item.op, ast.Add) and isinstance(item.target, ast.Name):
            # Of what is no list a sum of numbers would be meant.
            if isinstance(item.value, ast.Call) and _name_of(item.value) == "tolist":
                yield item, item.target.id, item.value
        elif isinstance(item, ast.Expr) and isinstance(item.value, ast.Call) and _name_of(item.value) == "extend":
            target = item.value.func.value  # type: ignore[attr-defined]
            if isinstance(target, ast.Name) and len(item.value.args) == 1:
                yield item, target.id, item.value.args[0]


def _name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _is_given(spot: Spot, item: ast.stmt, given: ast.expr, value: ast.expr) -> bool:
    """Whether the expression of an instruction is what a list is given, at once or by the name that it got."""
    if given is value:
        return True
    file, statement = spot.code.co_filename, statement_at(spot.code.co_filename, spot.line, spot.span.column)
    if not isinstance(given, ast.Name) or statement is None or assigned(statement) != [given.id]:
        return False
    made = getattr(statement, "value", None)
    is_value = isinstance(made, ast.expr) and under_methods(made, _HANDS_ON) is value and item.lineno > statement.lineno
    return is_value and not stores_between(file, statement.end_lineno or spot.line, item.lineno, given.id)


def _is_only_summed(file: str, item: ast.stmt, name: str) -> bool:
    around = function_of_line(source_of(file), item.lineno) or tree_of(file)
    inside = {id(part) for part in ast.walk(item)}
    parts = [part for part in ast.walk(around) if id(part) not in inside] if around is not None else []
    read = [part for part in parts if is_named(part, name) and isinstance(part.ctx, ast.Load)]
    sums = [call for call in parts if isinstance(call, ast.Call) and ast.unparse(call.func) == "sum"]
    summed = {id(part) for call in sums for part in call.args}
    return all(id(part) in summed for part in read)
