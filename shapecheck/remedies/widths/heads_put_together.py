"""The heads of an attention put together again before the layer that reads all of them."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed, features_taken
from shapecheck.reading.layers.layer_input import input_of
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import found_at, last_name

_COST = 0.02
_AXES = 4
_STEPS_FIRST = "there are as many heads as steps, and the heads may lie behind the steps already"
_PRODUCTS = ("matmul", "scaled_dot_product_attention", "einsum")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``proj(y.transpose(1, 2).flatten(2))`` for ``proj(y)``, of ``y = weights @ values`` for each head."""
    operation = failed(evidence, "Linear")
    item = input_of(evidence, operation)
    sizes = sizes_of(item)
    if operation is None or item is None or item.span is None or len(sizes) != _AXES or sizes[1] < 2:
        return []
    if sizes[1] * sizes[3] != features_taken(operation):
        return []
    for span in (item.span, *(each.span for each in trace(evidence, item.span))):
        _, node = found_at(span)
        is_product = isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)
        if is_product or (isinstance(node, ast.Call) and last_name(node.func) in _PRODUCTS):
            change: Change = suffixed(item.span, ".transpose(1, 2).flatten(2)")
            steps = (Step("transpose", item.role, (1, 2)), Step("flatten", item.role, (2,)))
            return [Candidate(change.text, (change,), steps, _COST, _STEPS_FIRST if sizes[1] == sizes[2] else "")]
    return []
