"""What a size that is written as an expression comes to: ``2 * hidden``, by the numbers behind its names."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.assignments import stored_in, values_given
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import (
    class_around,
    found_at,
    function_around,
    is_named,
    is_own,
    last_name,
    parameters,
    walk,
)

# How many names may lie one behind another: farther back, a chain of names goes round in circles.
MAX_DEPTH = 6


def worked_out(evidence: Evidence, span: Span, depth: int = 0) -> int | bool | None:
    """The number, or the answer yes or no, that an expression comes to; None where the script does not tell.

    Args:
        evidence: The problem.
        span: The expression.
        depth: How many names lie behind it already.
    """
    node = expression(span.text)
    if node is None or depth > MAX_DEPTH:
        return None
    if isinstance(node, ast.Constant):
        return node.value if type(node.value) in (int, bool) else None  # type: ignore[return-value]
    if isinstance(node, ast.BinOp):
        left, right = (worked_out(evidence, piece(span, each), depth + 1) for each in (node.left, node.right))
        return None if left is None or right is None else _combined(node.op, left, right)
    if isinstance(node, ast.IfExp):
        taken = branch_taken(evidence, span, node)
        return worked_out(evidence, piece(span, taken), depth + 1) if taken is not None else None
    if isinstance(node, ast.Call):
        return _counted(evidence, span, node)
    for origin in trace(evidence, span, parts=True):
        found = expression(origin.span.text)
        # What a call hands on is the value itself where it is reckoned there.
        is_it = isinstance(found, ast.BinOp | ast.IfExp) or (
            origin.is_whole and isinstance(found, ast.Constant | ast.Call)
        )
        if is_it:
            return worked_out(evidence, origin.span, depth + 1)
    return _number_kept(evidence, span)


def branch_taken(evidence: Evidence, span: Span, node: ast.IfExp) -> ast.expr | None:
    """The branch of a conditional expression that its condition chooses, where that is known."""
    test = worked_out(evidence, piece(span, node.test), 1)
    if test is None and isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not):
        inner = worked_out(evidence, piece(span, node.test.operand), 1)
        test = None if inner is None else not inner
    return None if test is None else node.body if test else node.orelse


def parts_of_size(evidence: Evidence, span: Span, size: int) -> Iterator[str]:
    """The names and sums in a text that come to a size, the longest last."""
    node = expression(span.text)
    found = [
        each
        for each in walk(node)
        if isinstance(each, ast.Name | ast.Attribute | ast.Subscript | ast.BinOp)
        and worked_out(evidence, piece(span, each)) == size
    ]
    yield from sorted(dict.fromkeys(piece(span, each).text for each in found), key=len)


def _combined(operator: ast.operator, left: int, right: int) -> int | None:
    if isinstance(operator, ast.Add):
        return left + right
    if isinstance(operator, ast.Sub):
        return left - right
    if isinstance(operator, ast.Mult):
        return left * right
    return left // right if isinstance(operator, ast.FloorDiv) and right else None


def _counted(evidence: Evidence, span: Span, node: ast.Call) -> int | None:
    """How many a text or a list that is written out holds: ``len(ALPHABET)``."""
    if last_name(node.func) != "len" or len(node.args) != 1:
        return int(worked_out(evidence, piece(span, node.args[0]), 1) or 0) or None if _is_cast(node) else None
    inside = piece(span, node.args[0])
    for text in (inside.text, *(origin.span.text for origin in trace(evidence, inside))):
        held = expression(text)
        if isinstance(held, ast.Constant) and isinstance(held.value, str):
            return len(held.value)
        if isinstance(held, ast.List | ast.Tuple) and not any(isinstance(each, ast.Starred) for each in held.elts):
            return len(held.elts)
        if isinstance(held, ast.Dict) and None not in held.keys:
            return len(held.keys)
    return None


def _is_cast(node: ast.Call) -> bool:
    return last_name(node.func) == "int" and len(node.args) == 1


def _number_kept(evidence: Evidence, span: Span) -> int | None:
    """What a parameter of a constructor was, by the attribute of the object in whose method the script crashed.

    Args:
        evidence: The problem.
        span: The name of the parameter.

    Returns:
        The number; None where the name is given another value, or is kept nowhere, or no such object runs.
    """
    _, node = found_at(span)
    function, owner = function_around(node), class_around(node)
    if not isinstance(node, ast.Name) or function is None or owner is None or function.name != "__init__":
        return None
    if node.id not in parameters(function) or node.id in stored_in(function):
        return None
    pairs = [pair for each in walk(function) for pair in values_given(each)]
    kept = [f"self.{target.attr}" for target, value in pairs if is_own(target) and is_named(value, node.id)]
    for frame in reversed(evidence.frames):
        held = frame.names.get("self")
        if not frame.is_user or held is None or held.type != owner.name:
            continue
        numbers = [frame.names[each].text for each in kept if each in frame.names]
        return int(numbers[0]) if numbers and numbers[0].isdecimal() else None
    return None
