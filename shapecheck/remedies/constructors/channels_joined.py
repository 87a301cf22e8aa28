"""Images put side by side, or one below the other, where a convolution wants their channels together."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import argument, expression, whole_number
from shapecheck.reading.failing import CONVOLUTIONS, failed, kind, number, operand, shape
from shapecheck.reading.joins import joins


def candidates(evidence: Evidence) -> list[Candidate]:
    """The axis of a join, where there are so many times too few channels as images fit side by side."""
    operation = failed(evidence, *CONVOLUTIONS)
    sizes = shape(operation, "input") if operation is not None else None
    item = operand(operation, "input") if operation is not None else None
    if operation is None or sizes is None or item is None or item.span is None:
        return []
    axes = int(kind(operation)[-2])
    want = number(operation, "in_channels")
    if len(sizes) != axes + 2 or not sizes[1] or want <= sizes[1] or want % sizes[1]:
        return []
    parts, found = want // sizes[1], []
    for call in (join.span for join in joins(evidence, item.span)):
        at = argument(call, "axis", 1) or argument(call, "dim", 1)
        node = expression(at.text) if at is not None else None
        axis = whole_number(node) if node is not None else None
        if at is None or axis is None or sizes[axis if axis < 0 else axis - len(sizes)] % parts:
            continue
        if axis in (-1, -2, -3)[:axes] or axis in range(2, axes + 2):
            new = str(-axes - 1 if axis < 0 else 1)
            found.append(Candidate(f"{call.text} along axis {new}", (Change(at, new),), (), 0.08))
    return found
