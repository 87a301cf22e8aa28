"""Reads the two tensors that a loss is given: exchanged, or the scores gone and the chosen classes left."""

from __future__ import annotations

from shapecheck.records import TensorRecord


def is_whole(record: TensorRecord) -> bool:
    """Whether a tensor holds whole numbers, as labels do and scores never."""
    return record.dtype.startswith(("int", "uint", "bool"))


def are_exchanged(given: TensorRecord, target: TensorRecord) -> bool:
    """Whether class labels stand where the scores belong, and scores where the labels do.

    >>> labels, scores = TensorRecord("input", (4,), "int64"), TensorRecord("target", (4, 5))
    >>> are_exchanged(labels, scores), are_exchanged(scores, labels)
    (True, False)
    """
    if not is_whole(given) or not target.dtype.startswith(("float", "bfloat")) or not target.shape:
        return False
    return given.shape == (() if target.ndim == 1 else target.shape[:1] + target.shape[2:])


def are_classes(given: TensorRecord, target: TensorRecord) -> bool:
    """Whether there is one whole number for each label in place of its scores, as ``argmax`` leaves it.

    >>> are_classes(TensorRecord("input", (4,), "int64"), TensorRecord("target", (4,), "int64"))
    True
    """
    return is_whole(given) and is_whole(target) and given.shape == target.shape and given.ndim > 0


def are_answers_first(given: TensorRecord, target: TensorRecord) -> bool:
    """Whether whole numbers stand where a binary loss wants its scores, and floats of their shape where the answers do.

    >>> are_answers_first(TensorRecord("input", (4,), "int64"), TensorRecord("target", (4,)))
    True
    """
    return is_whole(given) and target.dtype.startswith(("float", "bfloat")) and given.shape == target.shape
