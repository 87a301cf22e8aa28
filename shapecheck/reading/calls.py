"""Calls as they are written: those inside of something, and all that one is given."""

from __future__ import annotations

import ast

from shapecheck.reading.sources import walk


def calls_in(node: ast.AST | None) -> list[ast.Call]:
    """The calls in an expression or a statement, itself among them; of None none."""
    return [each for each in walk(node) if isinstance(each, ast.Call)]


def all_given(call: ast.Call) -> list[ast.expr]:
    """What a call is given, by a keyword or not."""
    return [*call.args, *(each.value for each in call.keywords)]
