"""Where a value was made: the assignments, factories and numbers that an operand or an argument comes from."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Argument, Evidence, Origin, Span
from shapecheck.reading.edits import expression, is_number, piece
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import last_name

# Which part of a pair each state of a recurrent layer is.
_PLACES = {"h_0": 0, "c_0": 1}


def made(evidence: Evidence, item: Argument) -> tuple[Origin, ...]:
    """The assignments that an operand comes from, nearest first; parameters of functions are passed over."""
    if item.span is None:
        return ()
    return tuple(found for found in trace(evidence, item.span) if not is_number(found.span.text))


def made_or_written(evidence: Evidence, item: Argument) -> tuple[Origin, ...]:
    """Where an operand was made, the use itself first: it may be a factory's call right there."""
    if item.span is None:
        return ()
    found: list[Origin] = []
    # Of a pair that a loop has handed round, or one of a list for each layer, only the whole is known.
    pairs = [each for each in trace(evidence, item.span, parts=True) if not each.is_whole]
    use = expression(item.span.text)
    pairs += trace(evidence, piece(item.span, use.value), parts=True) if isinstance(use, ast.Subscript) else ()
    is_listed = isinstance(use, ast.Subscript)
    tuples = (each for each in pairs if item.role in _PLACES and _is_pair(expression(each.span.text), is_listed))
    for origin in (Origin(item.expression, item.span, item.span), *made(evidence, item), *tuples):
        node = expression(origin.span.text)
        found += _parts_of_pair(evidence, item.role, origin, node)
        for way in ways_written(node):
            part = piece(origin.span, way)
            for each in (Origin(origin.expression, part, origin.statement), *trace(evidence, part)):
                inner = expression(each.span.text)
                found += _parts_of_pair(evidence, item.role, each, inner)
                found += [each] if not isinstance(inner, ast.Tuple) else []
        found.append(origin)
    return tuple(found)


def _parts_of_pair(evidence: Evidence, role: str, origin: Origin, node: ast.expr | None) -> Iterator[Origin]:
    """The part of the pair (h, c) that an operand is, where the pair, or what is made for each of them, is written."""
    if role not in _PLACES:
        return
    for whole in (node, made_for_each(node)):
        if isinstance(whole, ast.Tuple) and _PLACES[role] < len(whole.elts):
            part = piece(origin.span, whole.elts[_PLACES[role]])
            yield from (Origin(role, part, origin.statement), *trace(evidence, part))
        elif whole is not None and whole is not node:
            yield Origin(role, piece(origin.span, whole), origin.statement)


def ways_written(node: ast.expr | None) -> list[ast.expr]:
    """What an expression may be besides what has a name: ``make(n)`` of ``state or make(n)``, and of a condition."""
    ways = (
        node.values if isinstance(node, ast.BoolOp) else [node.body, node.orelse] if isinstance(node, ast.IfExp) else []
    )
    return [each for each in ways if isinstance(each, ast.Call | ast.Tuple | ast.ListComp)]


def _is_pair(node: ast.expr | None, is_listed: bool) -> bool:
    """Whether a pair is made there; of an item of a list, whether each item of it is made there."""
    each = made_for_each(node)
    return isinstance(each or node, ast.Tuple) or (is_listed and isinstance(each, ast.Call))


def made_for_each(node: ast.expr | None) -> ast.expr | None:
    """What a comprehension makes both parts of a pair of: ``tuple(torch.zeros(n) for _ in range(2))``."""
    if isinstance(node, ast.Call) and last_name(node.func) in ("tuple", "list") and len(node.args) == 1:
        node = node.args[0]
    return node.elt if isinstance(node, ast.GeneratorExp | ast.ListComp) else None


def assigned_name(origin: Origin) -> str:
    """The single name that a statement assigns, or nothing."""
    try:
        node = ast.parse(origin.statement.text.strip()).body[0]
    except (SyntaxError, IndexError):
        return ""
    if (
        isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name | ast.Attribute)
    ):
        return ast.unparse(node.targets[0])
    return ""


def literals(evidence: Evidence, given: Span) -> Iterator[Span]:
    """The whole numbers in the source that a constructor's argument comes from, the farthest (the cause) first."""
    if is_number(given.text):
        yield given
        return
    yield from (found.span for found in reversed(trace(evidence, given)) if is_number(found.span.text))
