"""A tensor that is split into so many equal parts beside others, where there are more or fewer names for these."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import summands
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import node_at, source_of, statement_of

_COST = 0.02


def candidates(evidence: Evidence) -> list[Candidate]:
    """``[1] + [n] * 6`` where ``[1] + [n] * 5`` does not make the whole, and there is a name for one part more."""
    operation = failed(evidence, "split", "split_with_sizes")
    sizes = operand(operation, "split_size", "split_size_or_sections", "split_sizes", "args[0]")
    item = operand(operation, "self", "tensor", "input")
    if (
        operation is None
        or sizes is None
        or sizes.span is None
        or item is None
        or not says(evidence, r"sum exactly to")
    ):
        return []
    statement = statement_of(node_at(operation.span))
    names = statement.targets[0] if isinstance(statement, ast.Assign) else None
    count = len(names.elts) if isinstance(names, ast.Tuple) and not _has_star(names) else 0
    for times, each, length, total in _repeated(evidence, sizes.span):
        more = count - length
        new = int(times.text) + more
        if count and more and new > 0 and total + more * each in sizes_of(item):
            return [Candidate(f"* {new}", (Change(times, str(new)),), (), _COST)]
    return []


def _has_star(names: ast.Tuple) -> bool:
    return any(isinstance(each, ast.Starred) for each in names.elts)


def _repeated(evidence: Evidence, span: Span) -> Iterator[tuple[Span, int, int, int]]:
    """How often one size is repeated in a sum of lists, the size, and the length and the sum of the whole list."""
    source, found, length, total = source_of(span.file), list[tuple[Span, int]](), 0, 0
    whole = node_at(span)
    for node in summands(whole) if whole is not None else ():
        is_many = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and isinstance(node.right, ast.Constant)
        listed = node.left if isinstance(node, ast.BinOp) and is_many else node
        times = node.right.value if isinstance(node, ast.BinOp) and isinstance(node.right, ast.Constant) else 1
        if source is None or not isinstance(listed, ast.List) or type(times) is not int:
            return
        widths = [worked_out(evidence, source.span(each)) for each in listed.elts]
        if None in widths:
            return
        if isinstance(node, ast.BinOp) and len(widths) == 1:
            found.append((source.span(node.right), int(widths[0] or 0)))
        length, total = length + times * len(widths), total + times * sum(map(int, widths))  # type: ignore[arg-type]
    yield from ((place, each, length, total) for place, each in found)
