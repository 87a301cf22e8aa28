"""Reshapes behind which the samples seem to be apart, although there is no room for all of them to be."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from shapecheck.capture.instruments.trials.separation import Moves, seen_along, separate_axes
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.capture.recording.vocabulary import CUTS


def crowded_cuts(step: Step, moves: Moves, before: int) -> Iterator[int]:
    """The reshapes up to a node that lay the lines of several samples into the same lines.

    A few samples are asked, and those few may by chance come to lie in different columns, as two layers' states do that
    are viewed as ``(batch, -1)``. In front each sample has a line of its own, so all of them go on; behind, each takes
    so many lines that all of them together do not fit.

    Args:
        step: The step.
        moves: What moves with the samples.
        before: The node.
    """
    count = moves.moved[0][moves.source].shape[moves.axis] if moves.source in moves.moved[0] else 0
    for index in descendants(step.tape, {moves.source}, step.order):
        node = step.node(index)
        if index > before:
            return
        if node.name not in CUTS or not node.parents or index not in step.to_loss:
            continue
        in_front, behind = moves.masks(node.parents[0]), moves.masks(Ref(index))
        own = [axis for axis in separate_axes(in_front) if in_front[0].shape[axis] == count]
        axes = separate_axes(behind)
        has_own = any(_most_lines(in_front, axis) == 1 for axis in own)
        if has_own and axes and all(_fewest_lines(behind, axis) * count > behind[0].shape[axis] for axis in axes):
            yield index


def _most_lines(masks: list[Tensor], axis: int) -> int:
    return max(int(seen_along(mask, axis).sum()) for mask in masks)


def _fewest_lines(masks: list[Tensor], axis: int) -> int:
    return min(int(seen_along(mask, axis).sum()) for mask in masks)
