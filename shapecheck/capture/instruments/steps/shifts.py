"""Targets that are the input, or columns of it, one step later: which axis is time is exact there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref

_MAX_COLUMNS = 64


@dataclass(frozen=True, slots=True)
class Shift:
    """An input and a target that is the same one step later, along an axis.

    Args:
        source: The input.
        target: The target, in the input's shape or as one row of all its items; or some of its columns, or one.
        axis: The axis of the input: one of the first two, or the last one behind the channels.
        is_turned: Whether the rows of a flat target come in the order of the input's second axis.
        is_only: Whether it is so along this axis alone; windows that begin one step apart are shifted along both.
    """

    source: Ref
    target: Ref
    axis: int
    is_turned: bool = False
    is_only: bool = True

    @property
    def batch_axis(self) -> int:
        """The other one of the first two axes."""
        return 1 - self.axis


def shifts(step: Step) -> list[Shift]:
    """Pairs of an input and a target that is it, or columns of it, one step later; exact, so it is no accident."""
    found = []
    for source in step.inputs:
        before = as_numbers(step.value(source))
        if before.ndim < 2:
            continue
        for target in (*step.targets, *step.compared):
            after = as_numbers(step.value(target))
            if after.dtype != before.dtype:
                continue
            if after.numel() != before.numel():
                axes = [axis for axis in (0, 1) if _are_shifted_columns(before, after, axis)]
                found += [Shift(source, target, axis, is_only=len(axes) == 1) for axis in axes]
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
            elif after.shape == before.shape:
                found += [replace(one, is_only=False) for one in alike]
    return found


def shifts_behind_channels(step: Step) -> list[Shift]:
    """The same along the last axis of three, as convolutions have it, where neither of the first two is shifted."""
    found = []
    for source in step.inputs:
        before = step.value(source)
        for target in (*step.targets, *step.compared):
            after = step.value(target)
            is_alike = before.ndim == 3 and after.shape == before.shape and after.dtype == before.dtype
            if is_alike and before.shape[2] > 2 and _is_shifted(before, after, 2):
                found += [] if any(_is_shifted(before, after, axis) for axis in (0, 1)) else [Shift(source, target, 2)]
    return found


def as_numbers(value: Tensor) -> Tensor:
    """Which class each one-hot row says; anything else as it is."""
    if not value.is_floating_point() or value.ndim < 3 or value.shape[-1] < 3:
        return value
    is_one_hot = are_truths(value) and bool((value.sum(-1) == 1).all())
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


def _are_shifted_columns(before: Tensor, after: Tensor, axis: int) -> bool:
    """Whether a target of fewer features is made of columns of an input, each of them one step later."""
    if before.ndim != 3 or not before.is_floating_point() or after.shape[:2] != before.shape[:2] or after.ndim > 3:
        return False
    asked = after.unsqueeze(-1) if after.ndim == 2 else after
    size = before.shape[axis]
    if size < 3 or not 0 < asked.shape[-1] < before.shape[-1] <= _MAX_COLUMNS:
        return False
    later, earlier = before.narrow(axis, 1, size - 1), before.narrow(axis, 0, size - 1)
    varies = (later != earlier).flatten(0, 1).any(0)
    asked = asked.narrow(axis, 0, size - 1)
    same = ((asked.narrow(-1, at, 1) == later).flatten(0, 1).all(0) for at in range(asked.shape[-1]))
    return all(bool((column & varies).any()) for column in same)
