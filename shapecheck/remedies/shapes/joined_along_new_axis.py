"""Tensors joined along an axis that none of them has yet: stacked there, as the steps of a loop are."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import failed, operand, tensors
from shapecheck.reading.mismatches import sizes_of

_COST = 0.04
_JOINS = ("cat", "concat", "concatenate")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.stack(steps, 1)`` for ``torch.cat(steps, 1)``, where each step is one number a sample."""
    operation = failed(evidence, *_JOINS)
    along, span = operand(operation, "dim", "axis"), operation.span if operation is not None else None
    shapes = {sizes_of(item) for item in tensors(operation)} if operation is not None else set()
    if along is None or span is None or len(shapes) != 1 or along.value.text != str(len(*shapes)):
        return []
    call = call_of(span)
    if call is None or not isinstance(call.func, ast.Attribute) or ast.unparse(call.func.value) != "torch":
        return []
    function = piece(span, call.func)
    return [Candidate("torch.stack", (Change(function, "torch.stack"),), (), _COST)]
