"""Reads an index that was to take one step of each sequence, and takes the steps of all of them from each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.sources import names_in
from shapecheck.reading.ways_back import spans_behind


@dataclass(frozen=True, slots=True)
class StepsOfAll:
    """The index, and how many samples it names a step of.

    Args:
        place: The whole expression: ``out[:, lengths - 1]``.
        base: What is indexed.
        index: What names the steps.
        samples: How many there are.
        steps_first: Whether the steps are the first axis of what is indexed.
    """

    place: Span
    base: Span
    index: Span
    samples: int
    steps_first: bool


def steps_of_all(evidence: Evidence) -> StepsOfAll | None:
    """The index behind an operand that has as many samples twice: each with the step of each; None if there is none."""
    operation = failed(evidence)
    for item in tensors(operation) if operation is not None else ():
        sizes = item.value.record.shape if item.value.record is not None else ()
        if len(sizes) < 2 or sizes[0] != sizes[1] or sizes[0] < 2 or item.span is None:
            continue
        for span in spans_behind(evidence, item.span):
            found = next(_indices(evidence, span, sizes[0]), None)
            if found is not None:
                return found
    return None


def _indices(evidence: Evidence, span: Span, samples: int) -> Iterator[StepsOfAll]:
    tree = expression(span.text)
    for node in ast.walk(tree) if tree is not None else ():
        if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Load):
            continue
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        is_second = len(parts) == 2 and isinstance(parts[0], ast.Slice) and parts[0].lower is parts[0].upper is None
        if (is_second or len(parts) == 1) and _names_steps(evidence, piece(span, parts[-1]), samples):
            yield StepsOfAll(
                piece(span, node), piece(span, node.value), piece(span, parts[-1]), samples, steps_first=not is_second
            )


def _names_steps(evidence: Evidence, index: Span, samples: int) -> bool:
    """Whether an index is made of a row of whole numbers, one for each sample."""
    node = expression(index.text)
    if node is None or isinstance(node, ast.Slice | ast.Constant | ast.Compare):
        return False
    for span in spans_behind(evidence, index):
        for name in names_in(expression(span.text)):
            for frame in evidence.frames:
                held = frame.names.get(name) if frame.is_user else None
                record = held.record if held is not None else None
                if record is not None and record.shape == (samples,) and record.dtype.startswith("int"):
                    return True
    return False
