"""Of which sample each row of a model's input is, where samples were cut into several rows, such as clips or crops."""

from __future__ import annotations

import torch

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.recording.replay import replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, REARRANGES

_MOVES = REARRANGES - {"masked_select", "index_select", "dropout"} | CONVERTS


def samples_of_rows(step: Step, ref: Ref, size: int) -> tuple[int, ...] | None:
    """For each row the number of its sample; None if it is not seen that each row is cut out of one.

    Args:
        step: The step.
        ref: What a model was given.
        size: How many samples there are.
    """
    tape, way = step.tape, list[int]()
    for at, node in backwards(tape, ref, _MOVES, is_alone=True):
        shape = tape.shape(at)
        if shape.count(size) == 1 and shape[0] == size:
            numbers = torch.arange(size).view(-1, *[1] * (len(shape) - 1)).expand(shape).contiguous()
            rows = replay(tape, sorted(way), {at: numbers}).get(ref, numbers)
            rows = rows.reshape(len(rows), -1)
            return tuple(rows[:, 0].tolist()) if bool((rows == rows[:, :1]).all()) else None
        way.append(node.index)
    return None
