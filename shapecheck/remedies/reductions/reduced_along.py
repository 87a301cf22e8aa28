"""A mean, a sum or a largest number along another axis than what it meets is without: ``x.mean(dim=2)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, failed
from shapecheck.reading.mismatches import ELEMENTWISE, pair, sizes_of, without_axis
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import node_at, source_of
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.operands.operands import REDUCTIONS

CAUSE = "reduced_along_other_axis"
_COST = 0.1
_EITHER = "two of its axes are of one size, and either may be the one that is to go"
_OTHER = "the other one may be what is reduced along the wrong axis"
# What is farther back has too many others that could be to blame.
_NEAR = 6


def candidates(evidence: Evidence) -> list[Candidate]:
    """The one axis without which the reduced tensor has the other operand's shape."""
    operands = pair(failed(evidence, *ELEMENTWISE, *SAME_SHAPE_LOSSES))
    if operands is None:
        return []
    ways = [list(_along(evidence, item, sizes_of(other))) for item, other in (operands, operands[::-1])]
    doubt = _OTHER if all(ways) else ""
    return [each.doubted(doubt) for way in ways for each in way]


def _along(evidence: Evidence, item: Argument, want: tuple[int, ...]) -> Iterator[Candidate]:
    for span in islice(spans_behind(evidence, item.span), _NEAR) if item.span is not None else ():
        node = expression(span.text)
        if (
            not isinstance(node, ast.Call)
            or not isinstance(node.func, ast.Attribute)
            or node.func.attr not in REDUCTIONS
        ):
            continue
        given = [*(each.value for each in node.keywords if each.arg in ("dim", "axis")), *node.args[:1]]
        axis = whole_number(given[0]) if len(given) == 1 else None
        source, there = source_of(span.file), node_at(span)
        held = held_around(evidence, source, there)
        base = held.get(ast.unparse(node.func.value))
        whole = sizes_of(base)
        if axis is None or not -len(whole) <= axis < len(whole) or without_axis(whole, axis) != sizes_of(item):
            continue
        fitting = [at for at in range(len(whole)) if without_axis(whole, at) == want]
        for at in fitting:
            change = Change(piece(span, given[0]), str(at))
            doubt = _EITHER if len(fitting) > 1 else ""
            yield Candidate(f"axis {axis} -> {at}", (change,), (Step("stand_in", item.role, want),), _COST, doubt)
        if fitting:
            return
