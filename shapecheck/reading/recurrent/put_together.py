"""Sequences put together in front of a recurrent layer along another axis than its state speaks for."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence, Operation
from shapecheck.reading.edits import call_of
from shapecheck.reading.failing import operand
from shapecheck.reading.mismatches import JOINS, sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import last_name

ALONG_OTHER = "what is put together in front of the layer may be meant to be so along another axis"


def is_along_other(evidence: Evidence, operation: Operation, samples: int) -> bool:
    """Whether a state has as many samples as the input would have, had its parts been put together otherwise.

    Args:
        evidence: The problem.
        operation: The call of the layer.
        samples: How many the state is for.
    """
    item = operand(operation, "input")
    sizes = sizes_of(item) if item is not None else ()
    if item is None or len(sizes) != 3 or samples < 1:
        return False
    at = 0 if operation.config.get("batch_first") else 1
    names = {
        last_name(call.func) for span in spans_of(evidence, item.span) if isinstance(call := call_of(span), ast.Call)
    }
    is_stacked = "stack" in names and sizes[1 - at] == samples
    return is_stacked or (bool(names & {*JOINS}) and sizes[at] > samples and not sizes[at] % samples)
