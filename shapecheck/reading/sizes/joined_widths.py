"""The width of what was joined, said as the sum of the parts: ``hidden + extra``."""

from __future__ import annotations

import ast

from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import CONVOLUTIONS, RECURRENT, maker
from shapecheck.reading.layers.layer_arguments import GIVEN, KEPT, TAKEN, told_for
from shapecheck.reading.layers.layers_told import told_to_givers
from shapecheck.reading.sources import found_at, function_at, last_name

_GIVERS = ("Linear", *CONVOLUTIONS, *RECURRENT)


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
    before = _before_in_row(evidence, origin.span, size) if origin is not None else None
    if before is not None and given is not None and given.text in _terms(before):
        return before.text
    for kind, text in told_to_givers(evidence, item) if given is not None else ():
        if kind not in _GIVERS or given is None or given.text not in _terms(text):
            continue
        if (
            function_at(text) is not None
            and function_at(text) is function_at(given)
            and worked_out(evidence, text) == size
        ):
            return text.text
    return ""


def _before_in_row(evidence: Evidence, made: Span, size: int) -> Span | None:
    """What the layer in front of another in a row of layers was told to give, where that is what came.

    Not where what stands behind in the row takes another width as well: then it is the layer in front that is odd.
    """
    source, node = found_at(made)
    row = getattr(node, "parent", None)
    if source is None or not isinstance(row, ast.Call) or node not in row.args or last_name(row.func) != "Sequential":
        return None
    at = row.args.index(node)
    calls = [each for each in row.args if isinstance(each, ast.Call)]
    in_front = (each for each in reversed(calls) if row.args.index(each) < at and last_name(each.func) in GIVEN)
    behind = (each for each in calls if row.args.index(each) > at and last_name(each.func) in TAKEN)
    giver, reader = next(in_front, None), next(behind, None)
    told = told_for(source.span(giver), GIVEN[last_name(giver.func)].name) if giver is not None else None
    taken = told_for(source.span(reader), TAKEN[last_name(reader.func)].name) if reader is not None else None
    is_norm = last_name(node.func) in KEPT if isinstance(node, ast.Call) else False
    if is_norm and taken is not None and worked_out(evidence, taken) != size:
        return None
    return told if told is not None and worked_out(evidence, told) == size else None


def _terms(span: Span) -> list[str]:
    """What a sum, or a product, is written of."""
    node = expression(span.text)
    return [piece(span, each).text for each in (node.left, node.right)] if isinstance(node, ast.BinOp) else []
