"""The sizes that are written where a tensor is made: ``torch.zeros(2, n, 16)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import takewhile

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import CELLS, RECURRENT, STATES, failed, operand
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import found_at, function_around, last_name, parents, statement_of, walk
from shapecheck.reading.vocabulary import MADE_NEW, MADE_OF_SIZES
from shapecheck.reading.where_made import made_or_written

_FACTORIES = (*MADE_OF_SIZES, *MADE_NEW, "new")


def written_sizes(span: Span, evidence: Evidence | None = None) -> list[Span] | None:
    """The sizes that a factory such as ``torch.zeros(2, n, 16).to(d)`` is given, up to a star; None if it is none.

    Args:
        span: The call.
        evidence: The problem, to find the sizes where they have a name.
    """
    whole = expression(span.text)
    first = _unscaled(whole) if whole is not None else None
    node = first if isinstance(first, ast.Call) else None
    while node is not None:
        name = last_name(node.func)
        if name in _FACTORIES and not _is_own_method(node.func):
            break
        inner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if name in ("Variable", "Parameter"):
            inner = _unscaled(node.args[0]) if node.args else None
        # What is compared with one number keeps its sizes: ``(torch.rand(n, 3) > 0.2).float()``.
        inner = _unscaled(inner.left if isinstance(inner, ast.Compare) else inner) if inner is not None else None
        node = inner if isinstance(inner, ast.Call) else None
    if node is None:
        return None
    given: list[ast.expr] = node.args or [each.value for each in node.keywords if each.arg in ("size", "shape")]
    if given and isinstance(node.func, ast.Attribute) and node.func.attr in ("full", "new_full"):
        given = given[:1]
    if len(given) == 1 and isinstance(given[0], ast.Tuple | ast.List):
        given = list(given[0].elts)
    whole = given[0].value if len(given) == 1 and isinstance(given[0], ast.Starred) else given[0] if given else None
    known = whole if len(given) == 1 and isinstance(whole, ast.Name) else None
    if known is not None and evidence is not None and not _is_read_elsewhere(evidence, span, known):
        for origin in trace(evidence, piece(span, known)):
            named = expression(origin.span.text)
            if isinstance(named, ast.Tuple | ast.List):
                return [piece(origin.span, size) for size in named.elts]
    # Of what is spread nobody knows how many sizes it holds.
    told = [piece(span, size) for size in takewhile(lambda size: not isinstance(size, ast.Starred), given)]
    return told or None


def _unscaled(node: ast.expr) -> ast.expr:
    """What is multiplied with a number, or divided by one, or has one added: ``torch.randn(3, 5) * 0.1 + 1``."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div | ast.Add | ast.Sub):
        calls = [each for each in (node.left, node.right) if isinstance(each, ast.Call | ast.BinOp)]
        # What has a name may be a tensor that is wider than this one, but mostly is a number to scale by.
        is_added = isinstance(node.op, ast.Add | ast.Sub)
        if len(calls) != 1 or (
            is_added and not any(isinstance(each, ast.Constant) for each in (node.left, node.right))
        ):
            return node
        node = calls[0]
    return node


def _is_own_method(function: ast.expr) -> bool:
    """Whether a function is one of the script's own objects: ``self.zeros``, not ``self.table.weight.new_zeros``."""
    owner = function.value if isinstance(function, ast.Attribute) else None
    is_of_tensor = last_name(function).startswith("new_") and not isinstance(owner, ast.Name)
    return owner is not None and not is_of_tensor and ast.unparse(owner).split(".")[0] in ("self", "cls")


def _is_read_elsewhere(evidence: Evidence, call: Span, name: ast.Name) -> bool:
    """Whether something else than the states that failed with it reads a name: it is not for these alone."""
    source, node = found_at(call)
    function = function_around(node)
    here = statement_of(node)
    reads = [each for each in walk(function) if isinstance(each, ast.Name)] if function is not None else []
    others = [
        each
        for each in reads
        if each.id == name.id and isinstance(each.ctx, ast.Load) and statement_of(each) is not here
    ]
    makers = _makers_of_states(evidence) if others else set()
    return any(source is None or not {source.span(up) for up in _calls_around(each)} & makers for each in others)


def _calls_around(node: ast.AST) -> Iterator[ast.Call]:
    for up in parents(node):
        if isinstance(up, ast.stmt):
            return
        if isinstance(up, ast.Call):
            yield up


def _makers_of_states(evidence: Evidence) -> set[Span]:
    """What made both states of a layer that wants the same of both."""
    operation = failed(evidence, *RECURRENT, *CELLS)
    if operation is None or operation.config.get("proj_size"):
        return set()
    states = [item for role in STATES if (item := operand(operation, role)) is not None]
    return {origin.span for item in states for origin in made_or_written(evidence, item)}


def factories(span: Span) -> Iterator[Span]:
    """The calls in a text that are given sizes: ``torch.randn(1, n, width)`` in ``nn.Parameter(torch.randn(...))``."""
    node = expression(span.text)
    for part in walk(node):
        if isinstance(part, ast.Call) and last_name(part.func) in MADE_OF_SIZES:
            yield piece(span, part)
