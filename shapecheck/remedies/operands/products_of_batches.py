"""``torch.addmm``, which takes matrices alone, of rows with more axes: the product and the sum, which take any."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import bracketed, call_of, piece
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import last_name, node_at

_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.matmul(x, weight) + bias``."""
    operation = failed(evidence, "addmm")
    items = tensors(operation)
    call = call_of(operation.span) if operation is not None and operation.span is not None else None
    if operation is None or operation.span is None or call is None or len(items) != 3 or call.keywords:
        return []
    bias, rows, weight = (sizes_of(each) for each in items)
    if len(rows) < 3 or len(weight) != 2 or rows[-1] != weight[0] or bias[-1:] != weight[1:]:
        return []
    if last_name(call.func) != "addmm" or len(call.args) != 3:
        return []
    added, left, right = (piece(operation.span, each).text for each in call.args)
    text = f"torch.matmul({left}, {right}) + {bracketed(added)}"
    is_part = isinstance(getattr(node_at(operation.span), "parent", None), ast.Attribute | ast.Subscript | ast.BinOp)
    text = f"({text})" if is_part else text
    return [Candidate(text, (Change(operation.span, text),), (), _COST)]
