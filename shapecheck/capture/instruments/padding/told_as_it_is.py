"""Numbers that a script tells as torch reckoned them: nothing of Python's multiplies or divides them afterwards."""

from __future__ import annotations

import ast

from shapecheck.capture.recording.tape import Node, Tape
from shapecheck.capture.recording.user_code import expression_in, statement_at

_TOLD = (ast.Return, ast.Expr)
_ARITHMETIC = ("*", "/", "+=")


def is_told_as_it_is(tape: Tape, node: Node) -> bool:
    """Whether one number leaves torch and is printed, kept or returned at once, by a call that does no more with it."""
    if node.shapes[0] or node.ref not in tape.escaped or node.spot is None:
        return False
    at = expression_in(node.spot.span)
    statement = statement_at(node.spot.code.co_filename, node.spot.line)
    if at is None or not isinstance(statement, _TOLD):
        return False
    sums = [item for item in ast.walk(statement) if isinstance(item, ast.BinOp) and not isinstance(item.op, ast.Mod)]
    if any(part is at for item in sums for part in ast.walk(item)):
        return False
    if not isinstance(statement, ast.Return):
        return True
    caller = node.spot.caller
    return caller is not None and not any(sign in caller.statement for sign in _ARITHMETIC)
