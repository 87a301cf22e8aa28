"""A layer for what a list of layers gives, joined with one part more: ``width * (len(self.convs) + 1)``."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import CONVOLUTIONS, failed, maker, number, operand
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.mismatches import sizes_of

CAUSE = "joined_width_not_counted"
_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """One more than the list has, where the layer was given the width of one part more."""
    operation = failed(evidence, "Linear", *CONVOLUTIONS)
    item = operand(operation, "input")
    origin = maker(evidence, operation)
    if operation is None or origin is None or item is None or len(sizes_of(item)) < 2:
        return []
    name, axis = ("in_features", -1) if operation.name.endswith("Linear") else ("in_channels", 1)
    want, given = number(operation, name), told_for(origin, name)
    node = expression(given.text) if given is not None else None
    if given is None or not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult):
        return []
    for count, width in ((node.right, node.left), (node.left, node.right)):
        is_counted = isinstance(count, ast.Call) and ast.unparse(count.func) == "len"
        part = worked_out(evidence, piece(given, width))
        if is_counted and part and sizes_of(item)[axis] == want + part:
            span = piece(given, count)
            trial = (Step("configure", "", (name, int(want + part))),)
            return [Candidate(f"({span.text} + 1)", (Change(span, f"({span.text} + 1)"),), trial, _COST)]
    return []
