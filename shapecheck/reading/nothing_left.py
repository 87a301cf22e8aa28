"""Reads a squeeze() without an axis that left one number, where items were to be taken of it one by one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed, says, tensors
from shapecheck.reading.mismatches import sizes_of, squeezes
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source

_ONE_BY_ONE = ("__getitem__", "len", "iter", "zip", "enumerate")
_REFUSED = (r"(?:of|over) a 0-d(?:im)? tensor", r"'(?:int|float|bool)' object is not iterable")


def nothing_left(evidence: Evidence) -> tuple[Source, ast.Call, ast.expr] | None:
    """The squeeze() without an axis that a tensor of no axis was made by, which was gone through or indexed."""
    operation = failed(evidence, *_ONE_BY_ONE)
    if operation is None or says(evidence, *_REFUSED) is None:
        return None
    found = list(squeezes(evidence))
    for span in _single(evidence, operation):
        spans = (span, *(origin.span for origin in trace(evidence, span, through=True)))
        for each in found:
            if any(where.holds(each[0].span(each[1])) for where in spans):
                return each
    return None


def _single(evidence: Evidence, operation: Operation) -> Iterator[Span]:
    """Where a tensor of no axis stands among the operands, or what was made a list of one number."""
    for item in tensors(operation):
        if item.span is not None and sizes_of(item) == ():
            yield item.span
    for item in operation.arguments:
        node = expression(item.span.text) if item.span is not None else None
        method = node.func if isinstance(node, ast.Call) else None
        if item.span is not None and isinstance(method, ast.Attribute) and method.attr == "tolist":
            yield piece(item.span, method.value)
