"""Scores compared with the numbers of classes: the class of the largest score is what was meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import pair, sizes_of
from shapecheck.remedies.moves import put_behind

_COMPARED = ("eq", "ne")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The class of the largest score in place of the scores."""
    found = scores_beside_labels(failed(evidence, *_COMPARED))
    return [] if found is None else list(_largest(evidence, *found))


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
        step = Step("argmax", scores.role, (at,))
        for each in put_behind(evidence, scores, f".argmax({at})", [step], cost=0.02 + 0.1 * far)[:1]:
            yield replace(each, doubt=doubt)


def _axes(scores: tuple[int, ...], labels: tuple[int, ...]) -> Iterator[int]:
    """The axes, not that of the samples, without which the scores are as many as the labels."""
    for axis in range(1, len(scores)):
        # An axis of one score is to be squeezed: there is nothing to choose from.
        if scores[axis] > 1 and (*scores[:axis], *scores[axis + 1 :]) == labels:
            yield axis


def _is_float(item: Argument) -> bool:
    """Whether it holds floats that are no whole numbers: labels may be stored as floats too."""
    if item.value.record is None or not item.value.record.dtype.startswith(("float", "bfloat")):
        return False
    ends = [item.value.facts.get(name) for name in ("min", "max")]
    return any(end is None or not float(end).is_integer() for end in ends)


def _is_whole(item: Argument) -> bool:
    return item.value.record is not None and item.value.record.dtype.startswith(("int", "uint"))
