"""Rows told apart along several axes, where the first of these was reckoned from all rows by one factor less."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Origin
from shapecheck.reading.edits import bracketed, expression, piece
from shapecheck.reading.failing import Shape, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sizes.sizes_told import asked_sizes, number_of

_COST = 0.04


def candidates(evidence: Evidence) -> list[Candidate]:
    """``x.shape[0] // (rows * columns)`` for ``x.shape[0] // rows`` in front of ``x.view(b, rows, columns, ...)``."""
    operation = failed(evidence, "view", "reshape")
    item = operand(operation, "self", "input")
    written = asked_sizes(operation) if operation is not None else []
    first = written[0].span if written else None
    if item is None or item.span is None or first is None or len(written) < 4:
        return []
    factors = _in_front(sizes_of(item), written)
    return [
        candidate
        for origin in trace(evidence, first)[:1]
        if factors and item.span is not None
        for candidate in _reckoned(origin, item.span.text, factors)
    ]


def _in_front(sizes: Shape, written: list[Argument]) -> list[str]:
    """What rows are taken apart into behind the first axis, where all other axes stay as they are."""
    kept, numbers = sizes[1:], [number_of(each) for each in written]
    count = len(written) - len(kept)
    if not kept or count < 3 or None in numbers or any(each.span is None for each in written[:count]):
        return []
    if any(have not in (want, -1) for have, want in zip(numbers[count:], kept, strict=True)):
        return []
    # The first two or more of them make up the rows.
    parts = [each for each in numbers[1:count] if each is not None]
    texts = [each.span.text for each in written[1:count] if each.span is not None]
    return texts if min(parts) > 0 and sizes[0] % prod(parts) == 0 else []


def _reckoned(origin: Origin, name: str, factors: list[str]) -> Iterator[Candidate]:
    node = expression(origin.span.text)
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.FloorDiv):
        return
    rows, by = piece(origin.span, node.left), piece(origin.span, node.right)
    is_asked = re.fullmatch(rf"{re.escape(name)}\.(shape\[0\]|size\(0\))|len\({re.escape(name)}\)", rows.text)
    if is_asked is not None and by.text.strip("()") in [each.strip("()") for each in factors]:
        text = f"{rows.text} // ({' * '.join(map(bracketed, factors))})"
        yield Candidate(text, (Change(origin.span, text),), (), _COST)
