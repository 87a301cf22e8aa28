"""Scores compared with the numbers of classes: the class of the largest score is what was meant."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import dtype_of, pair, sizes_of, without_axis
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import receivers
from shapecheck.remedies.moves import put_behind

_COMPARED = ("eq", "ne")
_TOGETHER = ("bitwise_and", "bitwise_or", "logical_and", "logical_or", "mul")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The class of the largest score in place of the scores."""
    found = scores_beside_labels(failed(evidence, *_COMPARED))
    if found is not None:
        return list(_largest(evidence, *found))
    operands = pair(failed(evidence, *_TOGETHER))
    compared = [_compared(evidence, each) for each in operands or ()]
    for scores, labels in (compared, compared[::-1]) if len(compared) == 2 else ():
        if scores is not None and labels is not None and _is_float(scores) and _is_whole(labels):
            return list(_largest(evidence, scores, labels))
    return []


def _compared(evidence: Evidence, item: Argument) -> Argument | None:
    """What is compared with a class in an operand, or where it was made: ``pred`` of ``(pred == c)``."""
    for span in spans_of(evidence, item.span):
        node = expression(span.text)
        while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
            node = node.func.value
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            # Of a comparison, only what it is made of tells scores from labels, and no trial reaches that.
            base = next((each for each in receivers(node.left) if isinstance(each, ast.Name)), node.left)
            held = evidence.held.get(ast.unparse(base))
            if held is None or held.record is None or item.value.record is None:
                return None
            is_part = base is not node.left and len(held.record.shape) == len(sizes_of(item))
            if is_part:
                held = replace(held, record=replace(held.record, shape=sizes_of(item)))
            return Argument("", held, piece(span, node.left)) if is_part or base is node.left else None
    return None


def scores_beside_labels(operation: Operation | None) -> tuple[Argument, Argument] | None:
    """The operand of a comparison that holds scores, an axis more than the whole numbers beside it, and these."""
    operands = pair(operation)
    if operation is None or operands is None or operation.name.rpartition(".")[2] not in _COMPARED:
        return None
    if len(tensors(operation)) != 2:
        return None
    for scores, labels in (operands, operands[::-1]):
        if _is_float(scores) and _is_whole(labels) and list(_axes(sizes_of(scores), sizes_of(labels))):
            return scores, labels
    return None


def _largest(evidence: Evidence, scores: Argument, labels: Argument) -> Iterator[Candidate]:
    axes = list(_axes(sizes_of(scores), sizes_of(labels)))
    doubt = "the classes may lie along another axis of the same length" if len(axes) > 1 else ""
    for far, axis in enumerate(axes):
        at = -1 if axis == len(sizes_of(scores)) - 1 > 1 else axis
        steps = [Step("argmax", scores.role, (at,))] if scores.role else []
        for each in put_behind(
            evidence, scores, f".argmax({at})", steps, cost=0.02 + 0.1 * far, prefer="use" if steps else "origin"
        )[:1]:
            yield replace(each, doubt=doubt)


def _axes(scores: tuple[int, ...], labels: tuple[int, ...]) -> Iterator[int]:
    """The axes, not that of the samples, without which the scores are as many as the labels."""
    for axis in range(1, len(scores)):
        # An axis of one score is to be squeezed: there is nothing to choose from.
        if scores[axis] > 1 and without_axis(scores, axis) == labels:
            yield axis


def _is_float(item: Argument) -> bool:
    """Whether it holds floats that are no whole numbers: labels may be stored as floats too."""
    if not dtype_of(item).startswith(("float", "bfloat")):
        return False
    ends = [item.value.facts.get(name) for name in ("min", "max")]
    return any(end is None or not float(end).is_integer() for end in ends)


def _is_whole(item: Argument) -> bool:
    return dtype_of(item).startswith(("int", "uint"))
