"""Where rows that a function has put into another order are given back, and the edit that puts them back."""

from __future__ import annotations

import ast

from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import node_at
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import span_of, statement_at
from shapecheck.evidence import Span
from shapecheck.findings import Edit


def put_back(moved: Node, last: Node) -> tuple[tuple[Edit, ...], str]:
    """The edit of a plain ``return``, of the value or of the name that it has got, and the name of the order.

    Args:
        moved: What gave the rows another order.
        last: The last operation of the function that did so.
    """
    cut = node_at(moved, ast.Subscript)
    order = cut.slice.id if isinstance(cut, ast.Subscript) and isinstance(cut.slice, ast.Name) else "order"
    statement = _statement(last)
    value = statement.value if isinstance(statement, ast.Return) else _returned(last)
    is_plain = isinstance(value, ast.Call | ast.Subscript | ast.Name) and last.shapes[0][:1] == moved.shapes[0][:1]
    if (
        value is None
        or not is_plain
        or not isinstance(cut, ast.Subscript)
        or last.spot is None
        or len(moved.parents) != 2
    ):
        return (), order
    return replaced_text(last.spot.code.co_filename, value, f"{ast.unparse(value)}[{order}.argsort()]"), order


def where_returned(last: Node) -> Span | None:
    """The statement that gives back what the last operation made, where that is another one."""
    value = _returned(last)
    return span_of(last.spot.code.co_filename, value) if value is not None and last.spot is not None else None


def _returned(last: Node) -> ast.Name | None:
    """The name that is given back, where what the last operation made has got it."""
    statement = _statement(last)
    around = function_around(last.spot) if last.spot is not None else None
    if around is None or not isinstance(statement, ast.Assign):
        return None
    names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
    returns = (each.value for each in ast.walk(around) if isinstance(each, ast.Return))
    return next((value for value in returns if isinstance(value, ast.Name) and value.id in names), None)


def _statement(node: Node) -> ast.stmt | None:
    return statement_at(node.spot.code.co_filename, node.spot.span.line) if node.spot is not None else None
