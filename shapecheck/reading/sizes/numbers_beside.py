"""Tells whether a number that is written stands beside the same number of another parameter, or would with a change."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.sources import node_at, parents
from shapecheck.reading.where_made import literals


def is_told_beside(evidence: Evidence, given: Span | None) -> bool:
    """Whether the number that an argument comes from is that of another parameter too: ``features=5, window=5``.

    An axis of as many may be that of the other one.
    """
    for place in literals(evidence, given) if given is not None else ():
        node = node_at(place)
        home = next((up for up in parents(node) if isinstance(up, ast.Call | ast.arguments)), None)
        others = [each for each in _numbers(home) if each is not node]
        if isinstance(node, ast.Constant) and any(each.value == node.value for each in others):
            return True
    return False


def would_be_told_twice(number: Span, new: int) -> bool:
    """Whether another parameter beside it has the new number: two that are told apart would be one and the same."""
    node = node_at(number)
    home = next((up for up in parents(node) if isinstance(up, ast.Call | ast.arguments | ast.Dict)), None)
    return any(each.value == new for each in _numbers(home) if each is not node)


def _numbers(home: ast.AST | None) -> Iterator[ast.Constant]:
    """The whole numbers that are given in a call, are the defaults of a function, or the values of a dict."""
    given: list[ast.expr | None] = []
    if isinstance(home, ast.Call):
        given += [*home.args, *(each.value for each in home.keywords)]
    elif isinstance(home, ast.arguments):
        given += [*home.defaults, *home.kw_defaults]
    elif isinstance(home, ast.Dict):
        given += home.values
    yield from (each for each in given if isinstance(each, ast.Constant) and type(each.value) is int)
