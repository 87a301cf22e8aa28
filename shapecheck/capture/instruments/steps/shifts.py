"""Targets that are the input one step later: which axis is time is exact there."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref


@dataclass(frozen=True, slots=True)
class Shift:
    """An input and a target that is the same one step later, along an axis.

    Args:
        source: The input.
        target: The target, in the input's shape or as one row of all its items.
        axis: The axis of the input.
        is_turned: Whether the rows of a flat target come in the order of the input's second axis.
    """

    source: Ref
    target: Ref
    axis: int
    is_turned: bool = False

    @property
    def batch_axis(self) -> int:
        """The other one of the first two axes."""
        return 1 - self.axis


def shifts(step: Step) -> list[Shift]:
    """Pairs of an input and a target that is the input one step later; exact, so it is no accident."""
    found = []
    for source in step.inputs:
        before = as_numbers(step.value(source))
        if before.ndim < 2:
            continue
        for target in (*step.targets, *step.compared):
            after = as_numbers(step.value(target))
            if after.numel() != before.numel() or after.dtype != before.dtype:
                continue
            alike = [
                Shift(source, target, axis, is_turned)
                for is_turned in (False, True)
                for axis in (0, 1)
                if (after.shape == before.shape and not is_turned) or after.ndim == 1
                if before.shape[axis] > 2 and _is_shifted(before, in_shape_of(after, before, is_turned), axis)
            ]
            if len(alike) == 1:
                found.append(alike[0])
    return found


def as_numbers(value: Tensor) -> Tensor:
    """Which class each one-hot row says; anything else as it is."""
    if not value.is_floating_point() or value.ndim < 3 or value.shape[-1] < 3:
        return value
    is_one_hot = bool(((value == 0) | (value == 1)).all()) and bool((value.sum(-1) == 1).all())
    return value.argmax(-1) if is_one_hot else value


def in_shape_of(flat: Tensor, like: Tensor, is_turned: bool) -> Tensor:
    """A view of a flat target in the shape of an input."""
    if not is_turned:
        return flat.view(like.shape)
    first, second, *rest = like.shape
    return flat.view(second, first, *rest).transpose(0, 1)


def _is_shifted(before: Tensor, after: Tensor, axis: int) -> bool:
    size = before.shape[axis]
    one, other = before.narrow(axis, 1, size - 1), after.narrow(axis, 0, size - 1)
    varies = bool((before.narrow(axis, 1, size - 1) != before.narrow(axis, 0, size - 1)).any())
    return varies and bool((one == other).all())
