"""Reads a squeeze() without an axis that left one number, where items were to be taken of it one by one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.samples.squeezes import squeezes
from shapecheck.reading.sources import Source, names_in, walk

_ONE_BY_ONE = ("__getitem__", "len", "iter", "zip", "enumerate", "map", "list", "tuple", "set", "sum", "sorted")
_LISTS = ("tolist", "numpy")
# Lists and arrays that take in the items of another one; "add_" is the += of a list.
_GROWS = ("extend", "add_", "concatenate")
_REFUSED = (
    r"(?:of|over) a 0-d(?:im)? (?:tensor|array)",
    r"'(?:int|float|bool)' object is not iterable",
    r"len\(\) of unsized object",
    r"array at index \d+ has 0 dimension",
    r"zero-dimensional arrays cannot be concatenated",
)


def nothing_left(evidence: Evidence) -> tuple[Source, ast.Call, ast.expr] | None:
    """The squeeze() without an axis that a tensor of no axis was made by, which was gone through or indexed."""
    operation = failed(evidence, *_ONE_BY_ONE, *_GROWS)
    if operation is None or says(evidence, *_REFUSED) is None:
        return None
    found = list(squeezes(evidence))
    for span in _single(evidence, operation):
        spans = spans_of(evidence, span, through=True)
        for each in found:
            if any(where.holds(each[0].span(each[1])) for where in spans):
                return each
    return None


def _single(evidence: Evidence, operation: Operation) -> Iterator[Span]:
    """Where a tensor of no axis stands among the operands, or what was made a list or an array of one number."""
    records = {name: value.record for name, value in evidence.held.items()}
    shapes = {name: record.shape for name, record in records.items() if record is not None}
    for item in operation.arguments:
        if item.span is None:
            continue
        if item.value.record is not None and sizes_of(item) == ():
            yield item.span
        node = expression(item.span.text)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _LISTS:
            # What goes into a call may have axes that what comes out has lost.
            given = names_in(*(part for each in walk(node.func.value) for part in getattr(each, "args", ())))
            held = [shapes[name] for name in names_in(node.func.value) - given if name in shapes]
            yield from () if any(held) else (piece(item.span, node.func.value),)
        yield from (part for part in evidence.chains if item.span.holds(part) and shapes.get(part.text) == ())
