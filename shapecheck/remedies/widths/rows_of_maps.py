"""The width of a flattened map written anew, where a view by it has folded the samples into other rows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import isqrt, prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.folded_rows import folded_rows
from shapecheck.remedies.widths.reckoned import WRITTEN_OVER

_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """The width that a sample has, for the view and for the Linear behind it."""
    found = folded_rows(evidence)
    if found is None:
        return []
    changes = [_anew(span, found.width, found.right) for span in found.places]
    doubt = WRITTEN_OVER if any(not _is_written_out(span) for span in found.places) else ""
    title = f"{found.places[0].text} -> {changes[0].text}"
    return [Candidate(title, tuple(changes), (), _COST, doubt)]


def _is_written_out(span: Span) -> bool:
    """Whether a width is of numbers alone."""
    node = expression(span.text)
    return node is not None and all(isinstance(each, ast.Constant) for each in _factors(node))


def _anew(span: Span, width: int, right: int) -> Change:
    """The sides of the map in a product changed, else the number."""
    node = expression(span.text)
    factors = [piece(span, each) for each in _factors(node)] if node is not None else []
    sizes = [whole_number(each) or 0 for each in (_factors(node) if node is not None else ())]
    text = span.text
    if len(factors) > 1 and 0 not in sizes and prod(sizes) == width:
        for new in _sides(sizes, right):
            text = " * ".join(map(str, new))
            break
        else:
            text = str(right)
    else:
        text = str(right)
    return Change(span, text)


def _sides(sizes: list[int], right: int) -> Iterator[list[int]]:
    """The factors with the two that are alike, the sides of a square map, or the last one, as they must be."""
    if len(sizes) > 2 and sizes[-1] == sizes[-2]:
        rest, more = divmod(right, prod(sizes[:-2]))
        if not more and isqrt(rest) ** 2 == rest:
            yield [*sizes[:-2], isqrt(rest), isqrt(rest)]
    rest, more = divmod(right, prod(sizes[:-1]))
    if not more:
        yield [*sizes[:-1], rest]


def _factors(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        yield from (*_factors(node.left), *_factors(node.right))
    else:
        yield node
