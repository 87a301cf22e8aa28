"""The width of what was joined, said as the sum of the parts: ``hidden + extra``."""

from __future__ import annotations

import ast

from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import RECURRENT, maker
from shapecheck.reading.layers.layer_arguments import GIVEN, told_for
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import function_at, last_name
from shapecheck.reading.where_made import made_or_written

_JOINS = ("cat", "concat", "concatenate", "hstack")


def width_of_giver(evidence: Evidence, operation: Operation, item: Argument, name: str, size: int) -> str:
    """How the layer that gave a width was told it, where the one that takes it was told a part of that; or nothing.

    Args:
        evidence: The problem.
        operation: The call of the layer.
        item: What it was given.
        name: The argument: ``"in_features"``.
        size: The width that came.
    """
    origin = maker(evidence, operation)
    given = told_for(origin, name)
    parts = trace(evidence, item.span, parts=True) if item.span is not None else ()
    for each in (*made_or_written(evidence, item), *parts) if given is not None else ():
        node = expression(each.span.text)
        while isinstance(node, ast.Subscript):
            node = node.value
        for made in trace(evidence, piece(each.span, node.func)) if isinstance(node, ast.Call) else ():
            call = expression(made.span.text)
            kind = last_name(call.func) if isinstance(call, ast.Call) else ""
            text = told_for(made, GIVEN[kind].name) if kind in ("Linear", *RECURRENT) else None
            if text is None or given is None or given.text not in _terms(text):
                continue
            if (
                function_at(text) is not None
                and function_at(text) is function_at(given)
                and worked_out(evidence, text) == size
            ):
                return text.text
    return ""


def _terms(span: Span) -> list[str]:
    """What a sum, or a product, is written of."""
    node = expression(span.text)
    return [piece(span, each).text for each in (node.left, node.right)] if isinstance(node, ast.BinOp) else []
