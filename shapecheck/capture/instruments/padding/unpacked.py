"""What stands behind the ends of sequences that were packed and are padded again."""

from __future__ import annotations

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.padded import Padding
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref

UNPACKS = "_pad_packed_sequence"
_LEAST_HIDDEN = 2


def unpacked(step: Step, node: Node) -> Padding | None:
    """Where the padded output holds nothing, in the order in which the script has put its rows back."""
    hidden = ends_of(step, node)
    if int(hidden.sum()) < _LEAST_HIDDEN:
        return None
    time = 1 if node.args[2] is True else 0
    out = node.ref
    back = next(iter(step.readers(out)), None)
    if back is not None and back.name == "index_select" and len(back.parents) == 2:
        out, hidden = back.ref, hidden.index_select(1 - time, step.value(back.parents[1]))
    return Padding(out, hidden, time, (out,), "they lie behind the lengths that it was packed with")


def ends_of(step: Step, node: Node) -> Tensor:
    """The same in the order in which it was packed."""
    lengths, shape = step.value(Ref(node.index, 1)), node.shapes[0]
    time = 1 if node.args[2] is True else 0
    hidden = torch.arange(shape[time])[None] >= lengths[:, None].cpu()
    return hidden if time == 1 else hidden.t()
