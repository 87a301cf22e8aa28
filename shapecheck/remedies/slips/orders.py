"""Sizes, axes, parts of an index and factors that stand in another order than is meant."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Shaped
from shapecheck.reading.applied import is_of_torch, one_by_one, told_to
from shapecheck.reading.mixed_views import is_mixed
from shapecheck.reading.written_behind import Written, slips_behind

# What is told sizes or axes one by one.
_IN_ORDER = ("view", "reshape", "permute", "expand", "repeat", "new_zeros", "new_ones", "new_empty", "tile")
_PRODUCTS = ("matmul", "mm", "bmm")
_TURNS = ("T", "mT", "t")
# Two of so many parts may stand in each other's place, and of more there are too many.
_PARTS = 5


def candidates(evidence: Evidence) -> list[Candidate]:
    """Two of them exchanged."""
    shaped = {each.span: each for each in evidence.shaped}
    return slips_behind(evidence, lambda written: _others(written, shaped.get(written.place(written.node))))


def _others(written: Written, view: Shaped | None) -> Iterator[tuple[Change, ...]]:
    node = written.node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in _IN_ORDER:
            yield from _exchanged(written, one_by_one(told_to(node)), view)
        elif node.func.attr in _PRODUCTS:
            yield from _exchanged(written, node.args if is_of_torch(node) else [])
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield from _exchanged(written, [node.left, node.right])
        turned = _turned(node.right)
        if turned is not None:
            yield written.exchanged(node.left, turned)
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
        yield from _exchanged(written, node.slice.elts)


def _exchanged(written: Written, parts: list[ast.expr], view: Shaped | None = None) -> Iterator[tuple[Change, ...]]:
    if len(parts) > _PARTS or any(isinstance(each, ast.Starred) for each in parts):
        return
    for one, other in combinations(range(len(parts)), 2):
        if ast.dump(parts[one]) == ast.dump(parts[other]):
            continue
        # What keeps the axes of a tensor together is not meant to mix them.
        if view is None or not _mixes(view, one, other):
            yield written.exchanged(parts[one], parts[other])


def _mixes(view: Shaped, one: int, other: int) -> bool:
    """Whether a view would mix the axes of what is viewed with two of its sizes in each other's place."""
    order = list(view.told)
    if len(order) <= other:
        return False
    order[one], order[other] = order[other], order[one]
    return is_mixed(view.sizes, tuple(order))


def _turned(factor: ast.expr) -> ast.expr | None:
    """What is turned to be multiplied with: ``x`` of ``x.T``."""
    if isinstance(factor, ast.Call) and isinstance(factor.func, ast.Attribute) and not factor.args:
        factor = factor.func
    return factor.value if isinstance(factor, ast.Attribute) and factor.attr in _TURNS else None
