"""Sequences that are cut into windows along their first axis, and once more one step on: that axis holds the steps."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence, Operation
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import operand
from shapecheck.reading.sources import home_around, items_of, node_at, parents, walk
from shapecheck.reading.ways_back import spans_behind


def is_cut_by_steps(evidence: Evidence, operation: Operation) -> bool:
    """Whether what a layer was given is ``text[i : i + n]``, where ``text[i + 1 : i + 1 + n]`` is told beside it.

    Args:
        evidence: The problem.
        operation: The layer's call.
    """
    item = operand(operation, "input")
    spans = spans_behind(evidence, item.span) if item is not None and item.span is not None else ()
    cuts = (each for span in spans for each in walk(node_at(span)) if isinstance(each, ast.Subscript))
    return any(not _is_one_of_many(each) and _is_shifted_beside(each) for each in cuts)


def _is_one_of_many(cut: ast.Subscript) -> bool:
    """Whether a window is one of a list, ``[text[i : i + n] for i in begins]``, put together along an axis in front."""
    return any(isinstance(up, ast.ListComp | ast.GeneratorExp) for up in parents(cut))


def _is_shifted_beside(cut: ast.Subscript) -> bool:
    begin, text = _begin(cut), ast.unparse(cut.value)
    if begin is None:
        return False
    others = (each for each in walk(home_around(cut)) if isinstance(each, ast.Subscript))
    later = (_begin(each) for each in others if ast.unparse(each.value) == text)
    return any(each is not None and _is_one_more(each, begin) for each in later)


def _begin(cut: ast.Subscript) -> ast.expr | None:
    """Where a window of the first axis begins: ``i`` of ``x[i : i + n]``, and of ``x[i : i + n, :]``."""
    first = items_of(cut.slice)[0] if items_of(cut.slice) else None
    return first.lower if isinstance(first, ast.Slice) and first.upper is not None else None


def _is_one_more(later: ast.expr, begin: ast.expr) -> bool:
    if not isinstance(later, ast.BinOp) or not isinstance(later.op, ast.Add):
        return False
    sides = ((later.left, later.right), (later.right, later.left))
    return any(whole_number(one) == 1 and ast.dump(other) == ast.dump(begin) for other, one in sides)
