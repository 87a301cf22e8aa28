"""A tensor reduced along the very axis that the layer behind reads: ``fc(out.mean(2))`` where ``out`` is as wide."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, is_of_torch, piece, whole_number
from shapecheck.reading.failing import failed, kind, number, operand
from shapecheck.reading.layers.layer_arguments import READ_LAST
from shapecheck.reading.mismatches import sizes_of, without_axis
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import node_at, source_of
from shapecheck.reading.steps.layouts import batch_stands_first
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.operands.operands import REDUCTIONS

CAUSE = "reduced_along_other_axis"
_COST = 0.05
_EITHER = "the samples or the steps may stand in front, and the other axis is the one to reduce"
# What is farther back has too many others that could be to blame.
_NEAR = 6


class _Reduced(NamedTuple):
    """A call that reduces a tensor: the text of its axis, that axis, and the sizes before."""

    place: Span
    axis: int
    whole: tuple[int, ...]


def candidates(evidence: Evidence) -> list[Candidate]:
    """The other axes, without which the one that the layer reads stays the last."""
    operation = failed(evidence, *READ_LAST)
    item = operand(operation, "input")
    if operation is None or item is None or item.span is None:
        return []
    found = next(_reductions(evidence, item), None)
    want = number(operation, READ_LAST[kind(operation)])
    if found is None or found.whole[found.axis] != want:
        return []
    is_samples_first, last = batch_stands_first(evidence), len(found.whole) - 1
    others = [at for at in range(last) if without_axis(found.whole, at)[-1] == want and at != found.axis]
    kept = 0 if is_samples_first else 1 if is_samples_first is False else -1
    others = [at for at in others if at != kept or len(found.whole) != 3]
    doubt = _EITHER if len(others) > 1 else ""
    return [
        Candidate(
            f"axis {found.axis} -> {at}",
            (Change(found.place, str(at)),),
            (Step("stand_in", item.role, without_axis(found.whole, at)),),
            _COST,
            unless_read=doubt,
        )
        for at in others
    ]


def _reductions(evidence: Evidence, item: Argument) -> Iterator[_Reduced]:
    """The reductions on the way to an operand that gave its very shape."""
    for span in islice(spans_behind(evidence, item.span), _NEAR) if item.span is not None else ():
        node = expression(span.text)
        if isinstance(node, ast.Subscript) and whole_number(node.slice) == 0:
            # The numbers of max(), without their places.
            node = node.value
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in REDUCTIONS:
            continue
        base, given = (
            (node.args[0], node.args[1:2]) if is_of_torch(node) and node.args else (node.func.value, node.args[:1])
        )
        axes = [*(each.value for each in node.keywords if each.arg in ("dim", "axis")), *given]
        axis = whole_number(axes[0]) if len(axes) == 1 else None
        whole = sizes_of(held_around(evidence, source_of(span.file), node_at(span)).get(ast.unparse(base)))
        if axis is not None and -len(whole) <= axis < len(whole) and without_axis(whole, axis) == sizes_of(item):
            yield _Reduced(piece(span, axes[0]), axis % len(whole), whole)
