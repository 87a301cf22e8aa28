"""Reads an index that was to take one step of each sequence, and takes the steps of all of them from each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.failing import INDEX_LOSSES, Shape, failed, kind, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import items_of, names_in, walk
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
        is_last: Whether it names the last one of so many, or a column of rows: what else it may be is not known.
    """

    place: Span
    base: Span
    index: Span
    samples: int
    steps_first: bool
    is_last: bool


def steps_of_all(evidence: Evidence) -> StepsOfAll | None:
    """The index behind an operand that has as many samples twice: each with the step of each; None if there is none."""
    operation = failed(evidence)
    for item in tensors(operation):
        sizes = sizes_of(item)
        if len(sizes) < 2 or sizes[0] != sizes[1] or sizes[0] < 2 or item.span is None:
            continue
        if operation is None or not _meets_samples(operation, item, sizes):
            continue
        for span in spans_behind(evidence, item.span):
            found = next(_indices(evidence, span, sizes), None)
            if found is not None:
                return found
    return None


def _meets_samples(operation: Operation, item: Argument, sizes: Shape) -> bool:
    """Whether another operand has the samples once, and else as many axes."""
    fewer = 2 if kind(operation) in INDEX_LOSSES and len(sizes) > 2 else 1
    shapes = [other.value.record.shape for other in tensors(operation) if other is not item and other.value.record]
    return any(len(other) == len(sizes) - fewer and other[:1] == sizes[:1] for other in shapes)


def _indices(evidence: Evidence, span: Span, sizes: Shape) -> Iterator[StepsOfAll]:
    tree = expression(span.text)
    for node in walk(tree):
        if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Load):
            continue
        parts = items_of(node.slice)
        is_second = len(parts) == 2 and isinstance(parts[0], ast.Slice) and parts[0].lower is parts[0].upper is None
        index, base = piece(span, parts[-1]), piece(span, node.value)
        axes = _axes(evidence, base) or len(sizes)
        if (is_second or (len(parts) == 1 and axes > 2)) and _names_steps(evidence, index, sizes[0]):
            is_last = (is_second and axes == 2) or _is_last(evidence, index)
            yield StepsOfAll(piece(span, node), base, index, sizes[0], steps_first=not is_second, is_last=is_last)


def _axes(evidence: Evidence, base: Span) -> int:
    """How many axes a name has; 0 where no frame holds it."""
    held = (frame.names.get(base.text) for frame in evidence.frames if frame.is_user)
    return next((len(each.record.shape) for each in held if each is not None and each.record is not None), 0)


def _is_last(evidence: Evidence, index: Span) -> bool:
    """Whether an index is one less than something: ``lengths - 1``."""
    trees = (expression(span.text) for span in spans_behind(evidence, index))
    takes = (node for tree in trees if tree is not None for node in walk(tree) if isinstance(node, ast.BinOp))
    return any(isinstance(each.op, ast.Sub) and whole_number(each.right) == 1 for each in takes)


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
