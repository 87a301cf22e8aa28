"""Reads the reductions on the way to an operand: the axis that each is told, and the sizes before it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import applied_to, written_axis
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.failing import Shape
from shapecheck.reading.mismatches import sizes_of, without_axis
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import found_at
from shapecheck.reading.ways_back import spans_behind

REDUCTIONS = (
    "argmax", "argmin", "max", "min", "mean", "sum", "median", "mode", "norm", "std", "var", "amax", "amin",
    "logsumexp", "prod", "all", "any", "nanmean", "nansum", "nanmedian",
)  # fmt: skip
# What is farther back has too many others that could be to blame.
_NEAR = 6


class Reduced(NamedTuple):
    """A call that reduces a tensor: where its axis is written, that axis from the front, and the sizes before."""

    place: Span
    axis: int
    whole: Shape


def reductions_behind(evidence: Evidence, item: Argument) -> Iterator[Reduced]:
    """The reductions along one axis that gave an operand its very shape, nearest first."""
    for span in islice(spans_behind(evidence, item.span), _NEAR) if item.span is not None else ():
        node = expression(span.text)
        if isinstance(node, ast.Subscript) and whole_number(node.slice) == 0:
            # The numbers of max(), without their places.
            node = node.value
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        # norm() is told first which one it is.
        base, axis = applied_to(node), written_axis(node, int(node.func.attr == "norm"))
        if node.func.attr not in REDUCTIONS or base is None or axis is None:
            continue
        along = whole_number(axis)
        held = held_around(evidence, *found_at(span)).get(ast.unparse(base))
        whole = sizes_of(held) or sizes_shaped(evidence, piece(span, node))
        if along is not None and -len(whole) <= along < len(whole) and without_axis(whole, along) == sizes_of(item):
            yield Reduced(piece(span, axis), along % len(whole), whole)


def sizes_shaped(evidence: Evidence, call: Span) -> Shape:
    """The shape of what a method was called of that gives a tensor other axes; empty where it is not known."""
    return next((each.sizes for each in evidence.shaped if each.span == call), ())
