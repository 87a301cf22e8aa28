"""Finds the numbers in the source that an argument comes from, and what each must be for it to be right."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.where_made import literals


def numbers_behind(evidence: Evidence, given: Span, have: object, want: int) -> Iterator[tuple[Span, int]]:
    """The whole numbers in the source that an argument comes from, and what each must be for the argument to be right.

    Args:
        evidence: The problem.
        given: The argument's text: ``n``, ``n + m``, ``2 * n``.
        have: What it is.
        want: What it must be.
    """
    node = expression(given.text)
    if not isinstance(node, ast.BinOp) or type(have) is not int:
        yield from ((found, want) for found in literals(evidence, given))
        yield from ((found, want) for found in _among_several(evidence, given, have))
        return
    if isinstance(node.op, ast.Mult) and str(want) in (piece(given, node.left).text, piece(given, node.right).text):
        # It is the other factor that is too many.
        return
    for part in (node.left, node.right):
        span = piece(given, part)
        for found in literals(evidence, span):
            old = int(found.text)
            if isinstance(node.op, ast.Add):
                new = old + want - have
            elif isinstance(node.op, ast.Mult) and old and have % old == 0 and want % (have // old) == 0:
                new = want // (have // old)
            else:
                continue
            is_no_factor = new == 1 and isinstance(node.op, ast.Mult) and found == span
            if new > 0 and not is_no_factor:
                yield found, new


def _among_several(evidence: Evidence, given: Span, have: object) -> Iterator[Span]:
    """The one number of a list that a loop took its items from: ``widths = [8, 16, 4]``."""
    for origin in evidence.chains.get(given, ()):
        node = expression(origin.span.text)
        parts = node.elts if isinstance(node, ast.List | ast.Tuple) and not origin.is_whole else []
        fitting = [part for part in parts if isinstance(part, ast.Constant) and part.value == have]
        if len(fitting) == 1:
            yield piece(origin.span, fitting[0])
