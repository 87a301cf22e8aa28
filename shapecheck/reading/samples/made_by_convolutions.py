"""Whether a sequence is what convolutions gave, which take the samples first, and lies as these gave it."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import last_name, walk

_CONVOLUTIONS = ("Conv1d", "Conv2d", "Conv3d")
# What leaves the first axis where it is, whatever it does to the others.
_KEEPING = ("relu", "tanh", "sigmoid", "contiguous", "float", "clone", "detach", "relu_")
_FROM_AN_AXIS = ("flatten", "squeeze", "mean", "amax", "sum")


def is_made_by_convolutions(evidence: Evidence, place: Span | None) -> bool:
    """Whether nothing but what keeps the first axis stands between a convolution and a sequence.

    Args:
        evidence: The problem.
        place: The sequence.
    """
    for span in spans_of(evidence, place):
        node = expression(span.text)
        while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _keeps(node):
            node = node.func.value
        if isinstance(node, ast.Call):
            return _is_convolution(evidence, piece(span, node.func))
        if not isinstance(node, ast.Name):
            return False
    return False


def _keeps(call: ast.Call) -> bool:
    name, first = last_name(call.func), whole_number(call.args[0]) if call.args else None
    return (name in _KEEPING and not call.args) or (name in _FROM_AN_AXIS and first is not None and first != 0)


def _is_convolution(evidence: Evidence, callee: Span) -> bool:
    made = [expression(each.span.text) for each in trace(evidence, callee)]
    names = {last_name(each.func) for node in made for each in walk(node) if isinstance(each, ast.Call)}
    heads = {last_name(node.func) for node in made if isinstance(node, ast.Call)}
    return bool(heads & {*_CONVOLUTIONS, "Sequential"}) and bool(names & {*_CONVOLUTIONS})
