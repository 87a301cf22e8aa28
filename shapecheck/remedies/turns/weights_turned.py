"""Weights for ``linear`` that have the inputs as their rows: laid out, or turned, the other way round."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import expression, piece, suffixed
from shapecheck.reading.failing import Shape, failed, kind, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import kind_of
from shapecheck.reading.where_made import made_or_written
from shapecheck.remedies.moves import put_behind

_COST = 0.04
_OTHER_LAYER = "another layer has weights of this shape, and they may be meant for it"
_VIEWS = ("view", "reshape")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``view(out, inputs)`` for what a layer makes anew, ``.t()`` for all other weights."""
    operation = failed(evidence, "linear", "copy_")
    items = tensors(operation)[:2] if operation is not None else ()
    if operation is None or operation.module or len(items) < 2:
        return []
    rows, weights = (sizes_of(each) for each in items)
    if kind(operation) == "copy_":
        is_turned = len(rows) == 2 and rows == weights[::-1] and items[0].value.type == "Parameter"
        doubt = _OTHER_LAYER if _fits_another(evidence, weights) else ""
        return [replace(each, doubt=doubt) for each in _copied(items[1])] if is_turned else []
    if not rows or len(weights) != 2 or weights[0] != rows[-1] or weights[1] == rows[-1]:
        return []
    made = list(_laid_out(evidence, items[1]))
    # A bias is as long as the result is wide, so that these are the columns.
    return made or put_behind(evidence, items[1], ".t()", [Step("transpose", items[1].role, (0, 1))], cost=_COST + 0.1)


def _copied(weights: Argument) -> Iterator[Candidate]:
    """What another library keeps with the inputs as its rows; a bias that is copied by the same line stays as it is."""
    if weights.span is not None:
        change = suffixed(weights.span, ".t()")
        yield Candidate(change.text, (change,), (Step("transpose", weights.role, (0, 1)),), _COST)


def _fits_another(evidence: Evidence, weights: Shape) -> bool:
    """Whether another layer at hand has weights of this very shape."""
    held = evidence.held.values()
    return any((each.config.get("out_features"), each.config.get("in_features")) == weights for each in held)


def _laid_out(evidence: Evidence, weights: Argument) -> Iterator[Candidate]:
    """The two sizes exchanged that a layer's row of numbers is laid out with: its numbers have no order yet."""
    for origin in made_or_written(evidence, weights):
        node = expression(origin.span.text)
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in _VIEWS:
            continue
        row = node.func.value
        is_made = isinstance(row, ast.Call) and kind_of(evidence, piece(origin.span, row.func)) == "Linear"
        if is_made and len(node.args) == 2 and not any(isinstance(each, ast.UnaryOp) for each in node.args):
            first, second = (piece(origin.span, each) for each in node.args)
            changes = Change(first, second.text), Change(second, first.text)
            yield Candidate(f"{node.func.attr}({second.text}, {first.text})", changes, (), _COST)
            return
