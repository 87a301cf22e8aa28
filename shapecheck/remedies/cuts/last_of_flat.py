"""All steps of a recurrent layer laid in one row for a layer that is as wide as one of them: the last step alone."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.applied import applied_to
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import RECURRENT, failed, number
from shapecheck.reading.layers.layer_input import input_of
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import kind_of, trace
from shapecheck.reading.recurrent.batch_first import told_batch_first
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import found_at, last_name
from shapecheck.reading.vocabulary import RESHAPES
from shapecheck.reading.ways_back import spans_behind

_COST = 0.1
_ALL = "the layer may be meant to read all steps, and be told too small a width"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``head(out[:, -1])`` for ``head(out.reshape(n, -1))``."""
    operation = failed(evidence, "Linear")
    item = input_of(evidence, operation)
    sizes, want = sizes_of(item), number(operation, "in_features")
    if operation is None or item is None or item.span is None or len(sizes) not in (1, 2):
        return []
    for span in spans_behind(evidence, item.span):
        call = call_of(span)
        is_flat = call is not None and last_name(call.func) in RESHAPES
        base = applied_to(call) if call is not None and is_flat else None
        while isinstance(base, ast.Call) and last_name(base.func) == "contiguous":
            base = applied_to(base)
        source, node = found_at(span)
        whole = sizes_of(held_around(evidence, source, node).get(ast.unparse(base))) if base is not None else ()
        if base is None or len(whole) != 3 or whole[-1] != want:
            continue
        for origin in trace(evidence, piece(span, base), parts=True)[:1]:
            layer = call_of(origin.span)
            callee = piece(origin.span, layer.func) if layer is not None else None
            made = trace(evidence, callee, parts=True)[-1:] if callee is not None else ()
            if callee is None or kind_of(evidence, callee) not in RECURRENT or not made:
                continue
            is_first = told_batch_first(evidence, made[0].span)
            text = f"{ast.unparse(base)}{'[:, -1]' if is_first else '[-1]'}"
            trial = (Step("stand_in", item.role, (whole[0 if is_first else 1], want)),)
            return [Candidate(text, (Change(span, text),), trial, _COST, _ALL)]
    return []
