"""Positions that are counted along what is no padding, and lie below zero in front of it: held at the first one."""

from __future__ import annotations

import ast
import re

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.sources import last_name, node_at
from shapecheck.reading.ways_back import spans_behind

_COST = 0.04
_IS_PADDING = re.compile(r"mask|pad|valid|atten|!=|\.ne\(| > 0", re.IGNORECASE)
_IS_MARK = re.compile(r"==|\.eq\(")
_OF_MARKS = "what is counted may be the marks between parts, and the parts be counted from the first of them"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``(mask.cumsum(1) - 1).clamp(min=0)`` as positions, where the padding stands in front."""
    operation = failed(evidence, "Embedding")
    item = operand(operation, "input")
    if item is None or item.span is None or item.value.facts.get("min") != -1:
        return []
    for span in spans_behind(evidence, item.span, only_whole=True):
        if _is_counted(span):
            change = suffixed(span, ".clamp(min=0)")
            texts = [each.text for each in spans_behind(evidence, span)]
            is_padding = any(_IS_PADDING.search(text) for text in texts) and not any(map(_IS_MARK.search, texts))
            doubt = "" if is_padding else _OF_MARKS
            return [Candidate(change.text, (change,), (), _COST, doubt)]
    return []


def _is_counted(span: Span) -> bool:
    """Whether it is how many there were up to each place, less one."""
    node = node_at(span)
    while (
        isinstance(node, ast.Call) and last_name(node.func) in ("long", "to") and isinstance(node.func, ast.Attribute)
    ):
        node = node.func.value
    is_less = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and ast.unparse(node.right) == "1"
    counted = node.left if isinstance(node, ast.BinOp) and is_less else None
    return isinstance(counted, ast.Call) and last_name(counted.func) == "cumsum"
