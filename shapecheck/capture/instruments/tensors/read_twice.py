"""Tensors that one operation reads twice, and layers whose result is given a name that nobody reads."""

from __future__ import annotations

import ast

from shapecheck.capture.instruments.tensors.names import assigned, function_around, is_unread
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import Spot, statement_at

JOINS = frozenset(["cat", "stack", "hstack", "cosine_similarity", "pairwise_distance"])
LAYERS = frozenset(
    [
        "linear",
        "conv1d",
        "conv2d",
        "conv3d",
        "embedding",
        "embedding_bag",
        "bilinear",
        "lstm",
        "gru",
        "rnn_tanh",
        "rnn_relu",
    ]
)


def given_at(spot: Spot) -> list[str]:
    """The names that an instruction's own part of an assignment is given: of ``a, b = f(x), g(y)`` one of the two."""
    statement = statement_at(spot.code.co_filename, spot.line)
    names = assigned(statement)
    value = statement.value if isinstance(statement, ast.Assign) else None
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    if not isinstance(value, ast.Tuple) or not isinstance(target, ast.Tuple) or len(value.elts) != len(target.elts):
        return names
    for one, part in zip(target.elts, value.elts, strict=True):
        if isinstance(one, ast.Name) and is_part_of(spot, part):
            return [one.id]
    return names


def is_part_of(spot: Spot, value: ast.expr) -> bool:
    """Whether an instruction stands in an expression."""
    span = spot.span
    start, end = (span.line, span.column), (span.end_line, span.end_column)
    return (value.lineno, value.col_offset) <= start and end <= (value.end_lineno or 0, value.end_col_offset or 0)


def unread_at(node: Node) -> Spot | None:
    """The statement around an operation that gives its result a name which nobody reads."""
    spot = node.spot
    while spot is not None:
        statement = statement_at(spot.code.co_filename, spot.line)
        function = function_around(spot)
        names = given_at(spot)
        given = function is not None and statement is not None and bool(names)
        if given and all(is_unread(function, statement, name) for name in names):
            return spot
        spot = spot.caller
    return None
