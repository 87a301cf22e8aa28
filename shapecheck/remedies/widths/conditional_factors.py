"""``2 * width if both else 1``, which is no width where the condition does not hold: the width itself then."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed, number
from shapecheck.reading.sources import walk
from shapecheck.reading.ways_back import every_origin

_COST = 0.01
_ONE = "one may be what is meant where the condition does not hold"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``2 * width if both else width``."""
    operation = failed(evidence)
    if operation is None:
        return []
    # A layer that takes one number of each was not meant to.
    takes = [number(operation, name) for name in ("in_features", "in_channels", "input_size")]
    doubt = "" if 1 in takes else _ONE
    return [each for place in every_origin(evidence) for each in _with_width(place, doubt)]


def _with_width(place: Span, doubt: str) -> Iterator[Candidate]:
    tree = expression(place.text)
    for node in walk(tree):
        product = node.body if isinstance(node, ast.IfExp) else None
        if not isinstance(node, ast.IfExp) or not isinstance(node.orelse, ast.Constant) or node.orelse.value != 1:
            continue
        if not isinstance(product, ast.BinOp) or not isinstance(product.op, ast.Mult):
            continue
        numbers = [isinstance(each, ast.Constant) for each in (product.left, product.right)]
        if sum(numbers) == 1:
            width = piece(place, (product.left, product.right)[numbers.index(False)]).text
            change = Change(piece(place, node.orelse), width)
            yield Candidate(f"... else {width}", (change,), (), _COST, doubt)
