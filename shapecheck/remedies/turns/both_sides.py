"""A square matrix between another one and the same turned round, of which the wrong one stands in front."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import pair, sizes_of
from shapecheck.reading.sources import node_at, source_of
from shapecheck.reading.vocabulary import TURNS

_COST = 0.02


def candidates(evidence: Evidence) -> list[Candidate]:
    """``s.T @ a @ s`` for ``s @ a @ s.T``: both outer factors exchanged."""
    return list(_exchanged(evidence))


def _exchanged(evidence: Evidence) -> Iterator[Candidate]:
    operation = failed(evidence, "matmul", "bmm", "mm")
    operands = pair(operation)
    if operation is None or operands is None or operation.span is None:
        return
    outer, middle = (sizes_of(each) for each in operands)
    inner = node_at(operation.span)
    source, whole = source_of(operation.span.file), getattr(inner, "parent", None)
    if source is None or len(outer) < 2 or len(middle) < 2 or middle[-1] != middle[-2] or outer[-2] != middle[-1]:
        return
    factors = [*_factors(inner)[:1], *_factors(whole)[1:]] if inner in _factors(whole)[:1] else []
    if len(factors) == 2 and _are_turned(*factors):
        first, last = (source.span(each) for each in factors)
        texts = bracketed(last.text), bracketed(first.text)
        changes = (Change(first, texts[0]), Change(last, texts[1]))
        yield Candidate(f"{texts[0]} in front and {texts[1]} behind", changes, (), _COST)


def _factors(node: ast.AST | None) -> list[ast.expr]:
    """The two factors of a product."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return [node.left, node.right]
    is_product = isinstance(node, ast.Call) and ast.unparse(node.func) in ("torch.matmul", "torch.bmm", "torch.mm")
    return node.args if is_product and isinstance(node, ast.Call) and len(node.args) == 2 else []


def _are_turned(left: ast.expr, right: ast.expr) -> bool:
    """Whether one is the other turned round."""
    return any(_unturned(one) == ast.unparse(other) for one, other in ((left, right), (right, left)))


def _unturned(node: ast.expr) -> str:
    inner = node.func if isinstance(node, ast.Call) else node
    return ast.unparse(inner.value) if isinstance(inner, ast.Attribute) and inner.attr in TURNS else ""
