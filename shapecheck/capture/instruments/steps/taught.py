"""What a decoder is told while it is trained: the targets themselves, one step later, whoever shifted them."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from shapecheck.capture.instruments.steps.asked import Meeting, Own, asked_of, compared
from shapecheck.capture.instruments.steps.front_cuts import moved_by
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref

_FEWEST = 3


def taught(step: Step) -> Iterator[Own]:
    """Tensors that hold at each step the target of the step before, and what is asked for there.

    The step of them that holds a target counts as the one that is asked for: who has read it knows the answer.
    """
    for node, predicted, target, is_class in compared(step):
        for whole, told, axis in _told_of(step, target):
            found = asked_of(step, whole, target, axis, is_class)
            if found is None:
                continue
            asked, first = found
            meeting = Meeting(node, predicted, target, asked + 1, first + 1, is_class)
            yield Own(told, axis, (meeting,), meeting.asked.reshape(-1))


def _told_of(step: Step, target: Ref) -> Iterator[tuple[Ref, Ref, int]]:
    """The same for what a target was cut from, and for the target itself: a series may be cut for the loss alone."""
    moves = moved_by(step, target)
    for whole in dict.fromkeys([*(node.parents[0] for node in moves), target]):
        yield from ((whole, told, axis) for told, axis in _told(step, whole))


def _told(step: Step, whole: Ref) -> Iterator[tuple[Ref, int]]:
    """Tensors that are the same one step later, with something else in front, and along which axis."""
    shape = step.tape.shape(whole)
    if len(shape) < 2:
        return
    value = step.value(whole)
    made = [node.ref for node in step.all_of_loss if node.index in step.order and node.shapes]
    for ref in dict.fromkeys((*step.inputs, *made)):
        other = step.tape.shape(ref)
        if ref in step.learned or ref == whole or step.tape.dtype(ref) != value.dtype or len(other) != len(shape):
            continue
        for axis in range(min(len(shape), 3)):
            size = shape[axis]
            longer = (*shape[:axis], size + 1, *shape[axis + 1 :])
            if size >= _FEWEST and other in (shape, longer) and _is_later(step.value(ref), value, axis):
                yield ref, axis


def _is_later(told: Tensor, value: Tensor, axis: int) -> bool:
    """Whether one tensor is another one step later, but for numbers that the same filler stands for."""
    size = value.shape[axis]
    before, after = value.narrow(axis, 0, size - 1), told.narrow(axis, 1, size - 1)
    if bool((value.narrow(axis, 1, size - 1) == before).all()):
        return False
    if bool((told.select(axis, 0) == value.select(axis, size - 1)).all()):
        # What was rolled is no start and what follows it.
        return False
    hidden = after[before != after]
    if not len(hidden):
        return True
    is_filled = not value.is_floating_point() and bool((hidden == hidden[0]).all())
    return is_filled and 2 * len(hidden) < before.numel()
