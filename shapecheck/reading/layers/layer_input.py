"""What a plain layer was given, also inside of a row of layers, where only the operand of the whole has a text."""

from __future__ import annotations

from dataclasses import replace

from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.failing import operand, tensors
from shapecheck.reading.mismatches import sizes_of


def input_of(evidence: Evidence, operation: Operation | None) -> Argument | None:
    """The tensor that a layer reads, with the text of the outer operand where that is the very tensor by its shape."""
    item = operand(operation, "input", "x") or next(iter(tensors(operation)), None)
    if item is None or item.value.record is None or item.span is not None:
        return item
    outer = next(iter(tensors(evidence.operation)), None)
    is_same = outer is not None and sizes_of(outer) == sizes_of(item)
    return replace(item, span=outer.span) if outer is not None and is_same else item
