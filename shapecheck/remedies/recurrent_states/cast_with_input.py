"""States that are made like the input, and so have its dtype too, which is not the layer's: cast before they are."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import expression, place_before
from shapecheck.reading.failing import RECURRENT, STATES, failed, operand, says
from shapecheck.reading.mismatches import dtype_of
from shapecheck.reading.sources import found_at, function_around, names_in, parameters
from shapecheck.reading.ways_back import spans_behind

CAUSE = "input_of_other_dtype"
_COST = 0.05
_METHODS = {"float32": ".float()", "float64": ".double()", "float16": ".half()"}


def candidates(evidence: Evidence) -> list[Candidate]:
    """``x = x.float()`` in front of ``h0 = x.new_zeros(layers, x.size(0), width)``."""
    operation = failed(evidence, *RECURRENT)
    item, told = operand(operation, "input"), says(evidence, r"does not match weight dtype \(torch\.(\w+)\)")
    cast = _METHODS.get(told.group(1)) if told is not None else None
    source, node = found_at(item.span if item is not None else None)
    home = function_around(node)
    if item is None or source is None or cast is None or home is None or not isinstance(node, ast.Name):
        return []
    states = [each for role in STATES if (each := operand(operation, role)) is not None]
    made = [span for each in states for span in spans_behind(evidence, each.span)]
    is_made_like = any(node.id in names_in(expression(each.text)) for each in made)
    is_alike = all(dtype_of(each) == dtype_of(item) for each in states)
    if not states or not is_alike or not is_made_like or node.id not in parameters(home):
        return []
    reader = next((line for line in home.body if node.id in names_in(line)), None)
    if reader is None or reader.lineno >= node.lineno:
        return []
    text = f"{node.id} = {node.id}{cast}"
    place = place_before(source.span(reader))
    return [Candidate(text, (Change(place, f"{text}\n{' ' * reader.col_offset}"),), (), _COST)]
