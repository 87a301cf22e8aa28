"""Noise that was drawn once for each row of what it is added to: ``scores + torch.randn(len(scores))``."""

from __future__ import annotations

import ast

from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import call_of, expression, piece
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import sizes_of, written
from shapecheck.reading.origins import kind_of, trace
from shapecheck.reading.sources import last_name, walk

ONE_A_ROW = "one number for each row and one for each of its numbers may both be meant to be drawn"
_ADDS = ("add", "sub")
_COUNTS = {"len({})", "{}.size(0)", "{}.shape[0]"}


def noise_by_rows(evidence: Evidence, item: Argument, other: Argument) -> Span | None:
    """The call that draws the noise, where it has one number for each row of what it is added to.

    Args:
        evidence: The problem.
        item: The noise.
        other: What it is added to.
    """
    sizes, wanted = sizes_of(item), sizes_of(other)
    if failed(evidence, *_ADDS) is None or len(wanted) != 2 or sizes != wanted[:1] or wanted[0] == wanted[1]:
        return None
    for origin in written(evidence, item):
        for node in walk(expression(origin.span.text)):
            if isinstance(node, ast.Call) and last_name(node.func) == "randn" and len(node.args) == 1:
                return piece(origin.span, node)
    return None


def doubt_of_noise(evidence: Evidence, item: Argument, other: Argument) -> str:
    """What stands against spreading a number for each row over all of it, where it is such noise."""
    return ONE_A_ROW if noise_by_rows(evidence, item, other) is not None else ""


def is_counted_by(drawn: Span, name: str) -> bool:
    """Whether a call that draws asks a tensor for the number of its rows, and for nothing else."""
    call = call_of(drawn)
    told = ast.unparse(call.args[0]) if call is not None and not call.keywords else ""
    return told in {each.format(name) for each in _COUNTS}


def is_of_layer(evidence: Evidence, item: Argument) -> bool:
    """Whether an operand is what a layer has given."""
    for origin in written(evidence, item):
        call = call_of(origin.span)
        if call is not None and kind_of(evidence, piece(origin.span, call.func))[:1].isupper():
            return any(trace(evidence, piece(origin.span, call.func)))
    return False
