"""Targets that are packed by themselves, as the model packs what it is given: which step of that each of them is."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node

_PACKS = "_pack_padded_sequence"


def packed_alike(step: Step, value: Tensor, numbers: Tensor, asked: Tensor) -> Tensor | None:
    """The numbers of an input's steps where the targets hold these steps; None if they are none of it, packed.

    Args:
        step: The step, in which the model packs what it makes of the input.
        value: The input, of one class for each step of each row.
        numbers: Which step each of these is.
        asked: The targets, one behind the other.
    """
    if asked.ndim != 1 or asked.dtype != value.dtype:
        return None
    for node in step.nodes:
        if node.name != _PACKS or tuple(value.shape) != step.tape.shape(node.parents[0])[:2]:
            continue
        if node.shapes[0][0] == len(asked) and torch.equal(_packed(step, node, value), asked):
            return _packed(step, node, numbers)
    return None


def _packed(step: Step, node: Node, value: Tensor) -> Tensor:
    """What comes out of a packing with one number for each step, in the order of the rows that it asked for."""
    made = step.node(node.parents[0].node)
    is_batch_first = node.args[2] is True
    if made.name == "index_select" and not step.is_leaf(node.parents[0]):
        value = value.index_select(1 - is_batch_first, step.value(made.parents[1]))
    lengths = step.value(node.parents[1])
    return torch.cat([*_columns(value if is_batch_first else value.t(), lengths)])


def _columns(rows: Tensor, lengths: Tensor) -> Iterator[Tensor]:
    for at in range(int(lengths.max())):
        yield rows[: int((lengths > at).sum()), at]
