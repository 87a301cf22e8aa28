"""How a width came that a layer refused: it lies in another axis, a feature was taken, or a row is flat or is not."""

from __future__ import annotations

import ast
import re
from math import prod

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import (
    RECURRENT,
    failed,
    features_taken,
    kind,
    number,
    operand,
    shape,
    tensors,
)
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import user_sources


def features_elsewhere(evidence: Evidence) -> tuple[int, int] | None:
    """The axis that has the size which the last one should have, and that size, where a layer reads the last axis."""
    operation = failed(evidence, *RECURRENT, "Linear")
    sizes = shape(operation, "input")
    if operation is None or sizes is None or len(sizes) < 3:
        return None
    want = features_taken(operation)
    if sizes[-1] == want or want < 2:
        return None
    if len(sizes) > 3 and kind(operation) != "Linear":
        # No layer walks along the places of a map: it has axes too many.
        return None
    # Maps keep their channels in axis 1; that any other of their axes is as long says nothing.
    axis = next((axis for axis in ((1, 0) if len(sizes) == 3 else (1,)) if sizes[axis] == want), None)
    return None if axis is None else (axis, want)


def took_a_feature(evidence: Evidence) -> str:
    """The text of an index that took a position of the last axis of three: ``x[..., -1]``, ``x[:, :, -1]``."""
    operation = failed(evidence, *RECURRENT, "Linear")
    item = operand(operation, "input")
    if item is None or item.span is None:
        return ""
    spans = [item.span, *(found.span for found in trace(evidence, item.span)[:2])]
    return next((found.text for span in spans if (found := index_of_features(span)) is not None), "")


def index_of_features(span: Span) -> Span | None:
    """An index that takes one position of the last axis and all of two before; behind it, calls of one argument."""
    node = expression(span.text)
    while isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        node = node.args[0]
    if not isinstance(node, ast.Subscript):
        return None
    index = piece(span, node)
    return index if re.search(r"\[(\.\.\.|:, *:), *-?\d+\]$", index.text) else None


def flat_width(evidence: Evidence) -> int | None:
    """The width of a row where each sample was flattened in front of a Linear that wants another width."""
    operation = failed(evidence, "Linear")
    sizes = shape(operation, "input")
    if operation is None or sizes is None or sizes[-1:] == (number(operation, "in_features"),):
        return None
    item = operand(operation, "input")
    texts = []
    if item is not None and item.span is not None:
        texts = [item.span.text, *(found.span.text for found in trace(evidence, item.span)[:2])]
    flattened = any(re.search(r"flatten\(|\.view\(|\.reshape\(", text) for text in texts)
    if evidence.inner is not None and len(sizes) == 2:
        outer = shape(evidence.operation, "input", "args[0]", "x")
        flattened = flattened or (outer is not None and len(outer) > 2)
    return sizes[-1] if flattened and len(sizes) == 2 else None


def not_flattened(evidence: Evidence) -> int | None:
    """How many axes a Linear should have got as one: their sizes multiply to what it wants."""
    operation = failed(evidence, "Linear")
    sizes = shape(operation, "input")
    if operation is None or sizes is None or len(sizes) < 3:
        return None
    want = number(operation, "in_features")
    for cut in range(1, len(sizes) - 1):
        if prod(sizes[cut:]) == want:
            return len(sizes) - cut
    return None


def two_directions(evidence: Evidence) -> bool:
    """Whether a layer got twice, or half, the width that it wants, behind a bidirectional layer."""
    operation = failed(evidence, "Linear", *RECURRENT)
    sizes = shape(operation, "input")
    if operation is None or not sizes:
        return False
    want = features_taken(operation)
    if want == 0 or (sizes[-1] != 2 * want and 2 * sizes[-1] != want):
        return False
    return any("bidirectional=True" in line for source in user_sources(evidence) for line in source.lines)


def widths_differ(evidence: Evidence) -> bool:
    """Whether tensors to be stacked differ in their last axis alone, which is no length of a sequence."""
    if evidence.inner is not None and any(frame.function == "fetch" for frame in evidence.frames):
        # Samples that a loader puts together: whatever differs is their length.
        return False
    operation = failed(evidence, "stack")
    shapes = [item.value.record.shape for item in tensors(operation) if item.value.record] if operation else []
    return (
        len(shapes) > 1
        and len({len(sizes) for sizes in shapes}) == 1
        and len(shapes[0]) > 1
        and (len({sizes[:-1] for sizes in shapes}) == 1)
    )
