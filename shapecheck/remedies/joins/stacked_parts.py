"""Parts that were joined along an axis where a layer reads each of them for itself: an axis of parts instead."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import argument, call_of, piece
from shapecheck.reading.failing import RECURRENT, failed, features_taken, shape
from shapecheck.reading.joined.joins import joins, place_of_input

# A layer of the whole width is wanted more often, and all ways to make it are tried before.
_COST = 0.95


def candidates(evidence: Evidence) -> list[Candidate]:
    """``stack`` for ``cat`` along the features, where the layer has the width of one part."""
    operation = failed(evidence, "Linear", *RECURRENT)
    sizes = shape(operation, "input")
    place = place_of_input(evidence, operation) if operation is not None else None
    if operation is None or sizes is None or place is None or len(sizes) < 2:
        return []
    want = features_taken(operation)
    found = []
    for join in joins(evidence, place):
        call, count = call_of(join.span), len(join.parts)
        if call is None or count < 2 or want * count != sizes[-1] or join.axis not in (-1, len(sizes) - 1):
            continue
        name = piece(join.span, call.func)
        stacked = name.text.replace("cat", "stack", 1) if name.text.endswith("cat") else ""
        given = argument(join.span, "dim", 1)
        if stacked and given is not None and isinstance(call.func, ast.Name | ast.Attribute):
            # In front of the features, of which a new last axis would not be one.
            axis = () if join.axis != -1 else (Change(given, "-2"),)
            found.append(Candidate(f"{stacked}(...)", (Change(name, stacked), *axis), (), _COST))
    return found
