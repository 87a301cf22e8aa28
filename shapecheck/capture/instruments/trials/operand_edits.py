"""The edit that has an operand of an operation go through one more call, in the user's source."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from shapecheck.capture.instruments.trials.edits import as_primary, replaced_texts
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import statement_at, unparsed
from shapecheck.findings import Edit


def with_call(node: Node, at: int, call: str) -> tuple[Edit, ...]:
    """Append a call to the first or the second operand of an operation; nothing where it does not stand there.

    Args:
        node: The operation: an operator, a method of its first operand, or a call of both.
        at: 0 or 1; 2 for the weight of a loss.
        call: Such as ``".unsqueeze(-1)"``.
    """
    return with_calls([(node, at)], call)


def with_calls(places: Sequence[tuple[Node, int]], call: str) -> tuple[Edit, ...]:
    """The same for operands of several operations in one file; nothing where one of them does not stand there."""
    texts: dict[ast.expr, str] = {}
    for node, at in places:
        operand = _operand(node, at)
        if operand is None or node.spot is None:
            return ()
        texts[operand] = as_primary(operand) + call
    files = {node.spot.code.co_filename for node, _ in places if node.spot is not None}
    return replaced_texts(files.pop(), texts) if len(files) == 1 else ()


def in_exchange(node: Node) -> tuple[Edit, ...]:
    """Let the first two operands of an operation change places; nothing where they do not stand there."""
    pair = _operand(node, 0), _operand(node, 1)
    if pair[0] is None or pair[1] is None or node.spot is None:
        return ()
    texts = {pair[0]: ast.unparse(pair[1]), pair[1]: ast.unparse(pair[0])}
    return replaced_texts(node.spot.code.co_filename, texts)


def _operand(node: Node, at: int) -> ast.expr | None:
    """The expression of an operand, by the columns that Python noted for the operation."""
    if node.spot is None or not node.spot.is_call:
        return None
    span = node.spot.span
    statement = statement_at(span.file, span.line)
    for item in ast.walk(statement) if statement is not None else ():
        place = getattr(item, "lineno", None), getattr(item, "end_lineno", None)
        if place == (span.line, span.end_line) and getattr(item, "col_offset", None) == span.column:
            if at > 1:
                given = [one.value for one in getattr(item, "keywords", ()) if one.arg == "weight"]
                return given[0] if given and ast.unparse(item) == unparsed(span.text) else None
            pair = _pair(item, node.name) if ast.unparse(item) == unparsed(span.text) else None
            if pair is not None:
                return pair[at]
    return None


def _pair(item: ast.AST, name: str) -> tuple[ast.expr, ast.expr] | None:
    if isinstance(item, ast.BinOp):
        return item.left, item.right
    if isinstance(item, ast.AugAssign):
        return item.target, item.value
    if isinstance(item, ast.Compare) and len(item.comparators) == 1:
        return item.left, item.comparators[0]
    if not isinstance(item, ast.Call) or any(isinstance(given, ast.Starred) for given in item.args):
        return None
    own = item.func.value if isinstance(item.func, ast.Attribute) else None
    if own is not None and len(item.args) == (2 if name == "masked_fill" else 1):
        return own, item.args[0]
    return (item.args[0], item.args[1]) if len(item.args) >= 2 else None
