"""Tells labels of pairs, which go with one distance each, from what is a factor of a whole row."""

from __future__ import annotations

import ast

from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import expression
from shapecheck.reading.sources import function_around, last_name, names_in, node_at, statement_of, walk
from shapecheck.reading.ways_back import spans_behind

_SIZES = ("abs", "pow", "square")


def are_labels_of_pairs(evidence: Evidence, labels: Argument, rows: Argument) -> bool:
    """Whether a formula weighs by marks and by one minus these, and the rows are gaps that nobody has summed up.

    Args:
        evidence: The problem.
        labels: The numbers, one for each sample.
        rows: What they meet: ``(a - b).abs()``.
    """
    node, facts = node_at(labels.span), labels.value.facts
    place = function_around(node) or statement_of(node)
    if place is None or rows.span is None or (facts.get("min", 0), facts.get("max", 1)) != (0, 1):
        return False
    parts = [each for each in walk(place) if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Sub)]
    rests = [each.right for each in parts if isinstance(each.left, ast.Constant) and each.left.value == 1]
    if not any(isinstance(each, ast.Name) and each.id in names_in(expression(labels.expression)) for each in rests):
        return False
    return any(_has_gaps(expression(span.text)) for span in spans_behind(evidence, rows.span))


def _has_gaps(tree: ast.expr | None) -> bool:
    """Whether the size of a difference is taken: ``(a - b) ** 2``, ``torch.abs(a - b)``."""
    for node in walk(tree):
        is_size = isinstance(node, ast.Call) and last_name(node.func) in _SIZES
        is_power = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)
        if (is_size or is_power) and any(isinstance(each, ast.Sub) for each in walk(node)):
            return True
    return False
