"""A convolution with an even kernel, which gives a place more than it was given where it is padded by half of that."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, call_of, expression
from shapecheck.reading.failing import CONVOLUTIONS, failed
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, pair, sizes_of
from shapecheck.reading.sources import last_name
from shapecheck.reading.ways_back import every_origin

_COST = 0.2
_ODD = "an odd kernel, with which nothing is added on one side only, may be meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``padding="same"`` for ``padding=kernel // 2``, where maps are a place larger than what they meet."""
    operands = pair(failed(evidence, *ELEMENTWISE, *JOINS))
    if operands is None:
        return []
    gaps = {abs(a - b) for a, b in zip(*(sizes_of(each)[2:] for each in operands), strict=False)} - {0}
    if gaps != {1}:
        return []
    return [each for place in every_origin(evidence) for each in _as_large(evidence, place)]


def _as_large(evidence: Evidence, place: Span) -> Iterator[Candidate]:
    call = call_of(place)
    if call is None or last_name(call.func) not in CONVOLUTIONS or "Transpose" in last_name(call.func):
        return
    kernel, padding, stride = (
        argument(place, name, at) for name, at in (("kernel_size", 2), ("padding", 4), ("stride", 3))
    )
    size = worked_out(evidence, kernel) if kernel is not None else None
    half = expression(padding.text) if padding is not None else None
    is_half = isinstance(half, ast.BinOp) and isinstance(half.op, ast.FloorDiv) and ast.unparse(half.right) == "2"
    if padding is not None and is_half and type(size) is int and size % 2 == 0 and stride is None:
        yield Candidate('padding="same"', (Change(padding, '"same"'),), (), _COST, _ODD)
