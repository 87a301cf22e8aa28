"""A tensor that is turned before it is laid flat, where what it meets is laid flat as it lies: without the turn."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import found_at, parents, walk
from shapecheck.reading.vocabulary import RESHAPES

# Before what lays the turned tensor flat: it would run, and hold each row against the answer of another.
_COST = -0.02
_TURNS = ("transpose", "swapaxes")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``scores.view(-1, n)`` for ``scores.transpose(0, 1).view(-1, n)`` beside ``labels.view(-1)``."""
    operation = failed(evidence, "view")
    item = operand(operation, "self", "input") if operation is not None else None
    if operation is None or item is None or item.span is None or not says(evidence, r"contiguous", r"stride"):
        return []
    source, node = found_at(item.span)
    sizes = sizes_of(item)
    if source is None or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or len(sizes) < 3:
        return []
    axes = sorted(whole_number(each) or 0 for each in node.args)
    if node.func.attr not in _TURNS or axes != [0, 1] or sizes[0] == sizes[1]:
        return []
    view = getattr(node, "parent", None)
    call = next((up for up in parents(node) if isinstance(up, ast.Call) and up.func is not view), None)
    beside = [_laid_flat(each) for each in call.args if not _holds(each, node)] if call is not None else []
    shapes = [sizes_of(evidence.held.get(ast.unparse(_without_cut(each)))) for each in beside if each is not None]
    # Where it lies as what was turned does, its second axis is as long as the first one of the turned tensor.
    if not any(len(each) == len(sizes) - 1 and each[1:2] == sizes[:1] and each[0] != sizes[0] for each in shapes):
        return []
    base = source.span(node.func.value)
    return [Candidate(f"{base.text} as it lies", (Change(item.span, base.text),), (), _COST)]


def _laid_flat(node: ast.expr) -> ast.expr | None:
    """What is laid flat whole: ``labels`` of ``labels.view(-1)``."""
    is_flat = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RESHAPES
    if not is_flat or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    told = [whole_number(each) for each in node.args]
    return node.func.value if told == ([] if node.func.attr == "flatten" else [-1]) else None


def _without_cut(node: ast.expr) -> ast.expr:
    """What is cut along its first axis: ``labels`` of ``labels[1:]``."""
    while isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        node = node.value
    return node


def _holds(node: ast.expr, inner: ast.expr) -> bool:
    return any(each is inner for each in walk(node))
