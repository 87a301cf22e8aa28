"""The last feature of every step, taken where all features of the last step are wanted."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import takes_all, whole_number
from shapecheck.reading.failing import CONVOLUTIONS, failed, features_taken
from shapecheck.reading.layers.layer_input import input_of
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import found_at

_COST = 0.02
_AXES = 3
_TURNS = (*CONVOLUTIONS, "transpose", "permute", "movedim", "swapaxes")
_OTHER_AXES = "the script turns axes or convolves, and the last axis may be that of the steps"
_STEPS_FIRST = "no layer is told that the samples come first, and the steps may lie along the first axis"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``out[:, -1]`` for ``out[:, :, -1]``, where what reads it takes as many numbers as a step has."""
    operation = failed(evidence, "Linear", "LayerNorm")
    item = input_of(evidence, operation)
    if operation is None or item is None or item.span is None:
        return []
    told = operation.config.get("normalized_shape")
    want = told[-1] if isinstance(told, tuple) and told else features_taken(operation)
    for span in (item.span, *(each.span for each in trace(evidence, item.span))):
        source, node = found_at(span)
        if source is None or not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Tuple):
            continue
        parts = node.slice.elts
        sizes = sizes_of(evidence.held.get(ast.unparse(node.value)))
        is_last = len(parts) == _AXES and all(map(takes_all, parts[:2])) and whole_number(parts[2]) == -1
        if is_last and len(sizes) == _AXES and sizes[2] == want and sizes[:2] == sizes_of(item):
            text = f"{source.span(node.value).text}[:, -1]"
            doubt = "" if any("batch_first=True" in line for line in source.lines) else _STEPS_FIRST
            turns = any(True for _ in source.calls(*_TURNS))
            doubt = _OTHER_AXES if turns else doubt
            return [Candidate(text, (Change(source.span(node), text),), (), _COST, doubt)]
    return []
