"""The target is the input one step later: which axis is time, and do later steps leak into earlier ones?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from shapecheck.capture.probes.causal import remedies
from shapecheck.capture.probes.replay import Run
from shapecheck.capture.probes.separation import difference, replaced_item
from shapecheck.capture.probes.sighting import Sighting, sighted
from shapecheck.capture.probes.step import Step
from shapecheck.capture.probes.tape import Ref
from shapecheck.findings import Fix


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


def leaks(step: Step, shift: Shift) -> Iterator[Sighting]:
    """A next-step model whose earlier predictions know later inputs."""
    if not _leaks(step, shift, None):
        return
    for remedy in remedies(step, shift.source):
        try:
            if _leaks(step, shift, remedy.instead) is False:
                text = (
                    f"the target is the input one step later along axis {shift.axis}, and with a "
                    "later step of the input "
                    "replaced, terms of the loss of earlier steps moved: the model sees what it is to predict"
                )
                fix = Fix(remedy.title, remedy.edits, "call", "no step sees a later one")
                seen = sighted(remedy.kind, remedy.node, text, (fix,))
                yield seen if remedy.place is None else replace(seen, span=remedy.place)
                return
        except Exception:
            # It does not fit, so it was not meant.
            continue


def _leaks(step: Step, shift: Shift, instead: dict[int, Run] | None) -> bool | None:
    """Whether a later step moves an earlier step's terms; None if nothing moved at all."""
    size = step.tape.shape(shift.source)[shift.axis]
    base = step.run_with(instead)
    moved_at_all = False
    for item in sorted({size // 2, size - 1}):
        after = step.changed(shift.source, replaced_item(step.value(shift.source), shift.axis, item), instead)
        for term in step.terms:
            if term.ref not in after:
                continue
            moved = difference(base[term.ref], after[term.ref])
            moved_at_all |= bool(moved.any())
            if bool((moved & _positions(step, shift, term.ref, item, instead)).any()):
                return True
    return False if moved_at_all else None


def _positions(step: Step, shift: Shift, term: Ref, before: int, instead: dict[int, Run] | None) -> Tensor:
    """The terms that belong to steps before one: those that move with the target's steps."""
    value = step.value(shift.target).clone(memory_format=torch.contiguous_format)
    like = as_numbers(step.value(shift.source)) if value.ndim == 1 else value
    rows = in_shape_of(value, like, shift.is_turned)
    for item in range(before):
        rows.select(shift.axis, item).copy_(replaced_item(rows, shift.axis, item).select(shift.axis, item))
    after = step.changed(shift.target, value, instead)
    base = step.run_with(instead)
    return difference(base[term], after[term]) if term in after else torch.zeros_like(base[term], dtype=torch.bool)
