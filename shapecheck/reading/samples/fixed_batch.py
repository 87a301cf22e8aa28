"""A batch size that was written down, where the batch at hand has another one."""

from __future__ import annotations

import re

from shapecheck.evidence import Evidence
from shapecheck.reading.failing import (
    INDEX_LOSSES,
    SAME_SHAPE_LOSSES,
    failed,
    operand,
    shape,
)
from shapecheck.reading.origins import trace


def fixed_batch(evidence: Evidence) -> str:
    """The text of a batch size that was handed on as a number, while the batch at hand has another size."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    if operation is None:
        return ""
    given, wanted = operand(operation, "input"), operand(operation, "target")
    left, right = shape(operation, "input"), shape(operation, "target")
    if given is None or wanted is None or given.span is None or not left or not right or left[0] == right[0]:
        return ""
    names = {name: held.text for frame in evidence.frames for name, held in frame.names.items() if held.text}
    for origin in trace(evidence, given.span)[:1]:
        call = re.match(r"(?!torch\.)[\w.]+\((.*)\)$", origin.span.text, re.DOTALL)
        for part in (each.strip() for each in (call.group(1).split(",") if call else ())):
            if names.get(part, part) == str(left[0]):
                return part
    return ""
