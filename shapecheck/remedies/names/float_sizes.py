"""A size that came out of a division as a float: divided to a whole number where it is worked out."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import bracketed, expression, piece
from shapecheck.reading.failing import failed
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sizes.float_sizes import float_sizes, is_shared_out
from shapecheck.reading.sources import walk

CAUSE = "float_as_size"
_COST = 0.1
_ROUNDED = "whether a part that is left over counts is not known: it could be rounded up as well"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``//`` for ``/``, all the floats of a call at once."""
    found = float_sizes(evidence)
    if not found:
        return []
    changes = tuple(dict.fromkeys(rounded_down(evidence, size.span) for size in found))
    is_decided = all(size.is_whole for size in found) or is_shared_out(failed(evidence))
    return [Candidate(", ".join(each.text for each in changes), changes, (), _COST, "" if is_decided else _ROUNDED)]


def rounded_down(evidence: Evidence, span: Span) -> Change:
    """The change that makes a number whole where it is worked out, or where it stands if that is not known."""
    for each in spans_of(evidence, span):
        node = expression(each.text)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            between = _between(each, node)
            if between is None:
                break
            return between
        if isinstance(node, ast.Constant) and isinstance(node.value, float | str):
            return Change(each, str(int(float(node.value))))
    return Change(span, f"int({span.text})")


def _between(span: Span, node: ast.BinOp) -> Change | None:
    """The stroke of a division doubled, whatever brackets stand round its sides; None if it stands over lines."""
    left, right = piece(span, node.left), piece(span, node.right)
    if span.line != span.end_line:
        return None
    begin, end = left.end_column - span.column, right.column - span.column
    between = span.text[begin:end]
    if between.count("/") != 1:
        return None
    if _is_float(node):
        return Change(span, f"int{bracketed(span.text) if span.text.startswith('(') else f'({span.text})'}")
    return Change(span, f"{span.text[:begin]}{between.replace('/', '//')}{span.text[end:]}")


def _is_float(node: ast.BinOp) -> bool:
    """Whether a float stands in it, of which ``//`` gives a float again."""
    inside = list(walk(node))
    floats = any(isinstance(each, ast.Constant) and isinstance(each.value, float) for each in inside)
    return floats or sum(isinstance(each, ast.BinOp) and isinstance(each.op, ast.Div) for each in inside) > 1
