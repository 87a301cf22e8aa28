"""Sequences that are filled up in front: how long each of them is, and whether their last steps are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.padded import runs_out
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref


@dataclass(frozen=True, slots=True, eq=False)
class FrontFilled:
    """An input whose rows begin with runs of one and the same step, of varying length.

    Args:
        source: The input.
        time: The axis of its first two that steps lie along.
        lengths: How many steps of each row stand behind the run.
        size: How many steps a row has with it.
    """

    source: Ref
    time: int
    lengths: Tensor
    size: int

    @property
    def behind(self) -> Tensor:
        """(batch_size, seq_length): the steps that lie behind as many as there are, and are none of the run."""
        steps, lengths = torch.arange(self.size)[None], self.lengths[:, None]
        return (steps >= lengths) & (steps >= self.size - lengths)

    @property
    def first_ones(self) -> Tensor:
        """(batch_size, seq_length): as many steps as there are, counted from the wrong end."""
        return torch.arange(self.size)[None] < self.lengths[:, None]

    def changed(self, value: Tensor) -> Tensor:
        """The input with other steps behind: those of the same row in another order, and in another place."""
        along = (value if self.time == 1 else value.transpose(0, 1)).clone()
        others = along.flip(0).roll(1, 0)[:, -1:].expand_as(along)
        moved = along.roll(1, 1)
        where = self.behind.reshape(*self.behind.shape, *[1] * (along.ndim - 2))
        is_real = (self.size - torch.arange(self.size))[None] < self.lengths[:, None]
        other = torch.where(is_real.reshape(where.shape), moved, others)
        if value.is_floating_point():
            other = other * -0.7 + 0.3
        elif bool((torch.where(where, other, along) == along).all()):
            other = others
        along = torch.where(where, other, along)
        return along if self.time == 1 else along.transpose(0, 1)


def front_filled(step: Step) -> Iterator[FrontFilled]:
    """The inputs of a step that are filled up in front."""
    for source in step.inputs:
        value = step.value(source)
        is_sequence = value.ndim == 3 if value.is_floating_point() else value.ndim == 2 and value.dtype != torch.bool
        for time in (1, 0) if is_sequence and min(value.shape) > 1 else ():
            along = (value if time == 1 else value.transpose(0, 1)).reshape(
                value.shape[1 - time], value.shape[time], -1
            )
            first, counts = along[:, 0].unique(dim=0, return_counts=True)  # type: ignore[no-untyped-call]
            hidden = (along == first[counts.argmax()]).all(-1).long().cumprod(1).bool()
            if int(counts.max()) > 1 and runs_out(hidden):
                yield FrontFilled(source, time, (~hidden).sum(1), value.shape[time])


def reads_last(step: Step, rows: FrontFilled, instead: dict[int, Run] | None = None) -> bool:
    """Whether the loss moves with the steps behind as many as there are.

    Raises:
        RuntimeError: The step does not run with these changes.
    """
    base = step.run_with(instead)
    after = step.changed(rows.source, rows.changed(step.value(rows.source)), instead)
    return any_term_moved(step, base, after)
