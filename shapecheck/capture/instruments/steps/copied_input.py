"""Targets that are a tensor of their own and hold the numbers of an input, or of one of its columns, over again."""

from __future__ import annotations

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref

_MAX_COLUMNS = 64


def copied_input(
    step: Step, value: Tensor, numbers: Tensor, target: Ref, through: frozenset[str]
) -> tuple[Ref, Tensor] | None:
    """What a part of a target was taken out of, or of a column, where that is an input over again, and its steps.

    Args:
        step: The step.
        value: The input.
        numbers: Input -> which step each number belongs to.
        target: What is asked for.
        through: What only puts numbers elsewhere, on the way to it.
    """
    leaf = origin(step.tape, target, through, first=step.first)[0]
    held = step.known(leaf) if step.is_leaf(leaf) else None
    if held is None or held.dtype != value.dtype or not held.numel():
        return None
    if held.shape == value.shape:
        return (leaf, numbers) if leaf != target and torch.equal(held, value) else None
    if value.ndim != 3 or not value.is_floating_point() or held.shape not in (value.shape[:2], (*value.shape[:2], 1)):
        return None
    is_column = any(torch.equal(column, held.reshape(column.shape)) for column in value.unbind(-1)[:_MAX_COLUMNS])
    return (
        (leaf, numbers[..., 0].reshape(held.shape)) if is_column and bool((held != held.reshape(-1)[0]).any()) else None
    )
