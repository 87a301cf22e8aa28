"""Which column of a table of scores a cross entropy takes for the right one of each row, however that is written."""

from __future__ import annotations

import torch
from torch import Tensor

from shapecheck.capture.instruments.rows.row_order import given_axis
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS, CUTS, SCALES

_SCALES = CONVERTS | SCALES
_AS_COLUMN = AXES_OF_ONE | CUTS | CONVERTS | {"div", "mul", "__getitem__"}
_HOPS = 8


def named_columns(step: Step, scores: Ref, labels: Ref) -> tuple[Ref, Tensor] | None:
    """The table, and for each row its column: by the labels, or, where these all say the first, by what was put there.

    ``cross_entropy(table, labels)``, or ``cross_entropy(cat([table[rows, columns][:, None], others], 1), zeros)``.
    """
    told = step.value(labels)
    if told.is_floating_point() or told.ndim != 1:
        return None
    if len(told) < 2 or bool((told != 0).any()):
        return scores, told
    for _, node in backwards(step.tape, scores, _SCALES, _HOPS):
        if node.name == "cat" and len(node.shapes[0]) == 2 and given_axis(node) in (1, -1):
            first = node.parents[0]
            return _picked(step, first, len(told)) if step.tape.shape(first) == (len(told), 1) else None
    return scores, told


def _picked(step: Step, ref: Ref, rows: int) -> tuple[Ref, Tensor] | None:
    """The table of which one item of each row was picked, and which."""
    for _, node in backwards(step.tape, ref, _AS_COLUMN, _HOPS):
        if len(node.parents) < 2:
            continue
        table = node.parents[0]
        shape = step.tape.shape(table)
        columns = _columns(step, node, shape) if len(shape) == 2 and shape[0] == rows else None
        return (table, columns) if columns is not None else None
    return None


def _columns(step: Step, node: Node, shape: tuple[int, ...]) -> Tensor | None:
    values = [step.value_of_input(ref) for ref in node.parents[1:]]
    last = values[-1]
    if last is None or any(value is None or value.is_floating_point() for value in values):
        return None
    if last.dtype == torch.bool:
        is_one_each = tuple(last.shape) == shape and bool((last.sum(1) == 1).all())
        return last.int().argmax(1) if is_one_each and node.name in ("__getitem__", "masked_select") else None
    if node.name in ("gather", "take_along_dim") and given_axis(node) in (1, -1):
        return last[:, 0] if tuple(last.shape) == (shape[0], 1) else None
    if node.name != "__getitem__" or len(values) != 2 or values[0] is None or last.shape != (shape[0],):
        return None
    return last if torch.equal(values[0], torch.arange(shape[0])) else None
