"""Weights of a gradient that lie otherwise than what it is asked of: ones like that, an axis of one less or more."""

from __future__ import annotations

import ast
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.compared.weights_of_gradients import weighed_otherwise
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import Shape
from shapecheck.reading.mismatches import axes_to_squeeze
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import last_name
from shapecheck.remedies.moves import put_behind

CAUSE = "gradient_weighed_in_other_shape"
_COST = 0.05
_COLUMN = "the gradient may be meant of one column alone, as its weights are written"
_ONES = ("ones_like", "ones", "new_ones")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The ones in the shape of the numbers whose gradient is asked."""
    said = weighed_otherwise(evidence)
    if said is None or said.many.span is None or said.weights.span is None:
        return []
    many, weights = _alone(said.many.span), _alone(said.weights.span)
    if suffix := _axes_of_one(said.other, said.shape):
        return put_behind(evidence, replace(said.weights, span=weights), suffix, cost=_COST)
    if not isinstance(expression(many.text), ast.Name | ast.Attribute):
        return []
    text = f"torch.ones_like({many.text})"
    for place in spans_of(evidence, weights):
        node = expression(place.text)
        if isinstance(node, ast.Call) and last_name(node.func) in _ONES:
            is_column = said.other == (*said.shape[:-1], 1)
            return [Candidate(text, (Change(place, text),), (), _COST, _COLUMN if is_column else "")]
    return []


def _axes_of_one(have: Shape, want: Shape) -> str:
    """What is to be put behind weights for the same numbers, where the shapes differ in one axis of one."""
    for text, axes in (("squeeze", axes_to_squeeze(have, want)), ("unsqueeze", axes_to_squeeze(want, have))):
        if axes:
            return f".{text}({axes[0]})"
    return ""


def _alone(span: Span) -> Span:
    """An expression, or the only one in a list or tuple that is written there."""
    node = expression(span.text)
    is_row = isinstance(node, ast.List | ast.Tuple) and len(node.elts) == 1
    return piece(span, node.elts[0]) if is_row and isinstance(node, ast.List | ast.Tuple) else span
