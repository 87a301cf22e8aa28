"""Which items of a store a step picks for itself: the others stand in no batch of it, and move nothing."""

from __future__ import annotations

import torch

from shapecheck.capture.recording.replay import replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref

_PICKS = frozenset(["__getitem__", "select", "index_select"])


def items_in_use(step: Step, source: Ref, axis: int) -> tuple[int, ...] | None:
    """The items of an axis of an input that are read at all, where a script picks all that it reads outside of a model.

    Such as the episodes of a minibatch out of all that were played: ``cat([x[:, e] for e in episodes])``. None where
    all items are in use, or fewer than two.
    """
    readers = step.readers(source)
    if (
        source not in step.inputs
        or not readers
        or not all(node.name in _PICKS and node.root < 0 and node.parents[0] == source for node in readers)
    ):
        return None
    shape = step.tape.shape(source)
    along = [1] * len(shape)
    along[axis] = shape[axis]
    numbers = torch.arange(shape[axis]).reshape(along).expand(shape)
    used: set[int] = set()
    try:
        for node in readers:
            found = replay(step.tape, [node.index], {source: numbers}, known=step.run())
            used.update(found[node.ref].unique().tolist())  # type: ignore[no-untyped-call]
    except (KeyError, RuntimeError):
        return None
    return tuple(sorted(used)) if 1 < len(used) < shape[axis] else None
