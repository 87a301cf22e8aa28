"""A name that was written twice where its neighbour was meant: ``height // 4 * (height // 4)`` for a width."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import function_around, names_in, parameters, source_of, walk


def neighbours(evidence: Evidence, given: Span, *, cost: float) -> Iterator[Candidate]:
    """The parameter that its function never reads, in place of one that a size reads twice.

    Args:
        evidence: The problem.
        given: The argument that the size came to.
        cost: What it costs.
    """
    for span in dict.fromkeys(spans_of(evidence, given, parts=True)):
        tree, source = expression(span.text), source_of(span.file)
        node = source.node_at(span) if source is not None else None
        function = function_around(node)
        if not isinstance(tree, ast.BinOp) or function is None:
            continue
        taken = set(parameters(function)) - {"self"}
        unread = taken - names_in(function)
        reads = [each for each in walk(tree) if isinstance(each, ast.Name) and each.id in taken]
        again = [each for each in reads if sum(other.id == each.id for other in reads) > 1]
        for other in sorted(unread) if len(unread) == 1 else ():
            # The later one first: what is written again is what was copied.
            for read in sorted(again, key=lambda each: (-each.lineno, -each.col_offset)):
                place = piece(span, read)
                yield Candidate(f"{read.id} -> {other}", (Change(place, other),), (), cost)
