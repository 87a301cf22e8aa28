"""A column of an input that is moved by a step in the place of the one that is asked for, which stays in sight."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.steps.asked import MOVES, compared
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix

_FEWEST = 4


def other_columns_shifted(step: Step) -> Iterator[Sighting]:
    """A model that moves one column by a step, and is asked for another one of that very step, which it is given.

    Who moves nothing may be asked for what he is given: to clean it, or to learn to copy. Who moves a column by one
    step wants it to be known only later, and of all columns that is the one which is asked for. Who asks
    for the column that he moves, and for others, has moved what he meant.
    """
    moves = [node for node in step.of_loss if _is_by_one(node) and node.root >= 0]
    if not moves:
        return
    asked = [(predicted, target) for _, predicted, target, is_class in compared(step) if not is_class]
    if any(_is_asked(step, node, target) for node in moves for _, target in asked):
        return
    for predicted, target in asked:
        for source in step.inputs:
            for column, first in _columns(step.value(source), step.value(target)):
                items = step.value(source)[..., column]
                others = [node for node in moves if not _is_column(step, node, items)]
                if others and len(others) == len(moves) and _is_seen(step, source, column, first, predicted):
                    text = (
                        f"the targets are column {column} of the input, and with its step k replaced the prediction of "
                        "step k moved: it is known when it is asked for. What is moved by a step here is another "
                        "column"
                    )
                    fix = Fix("move the column that is asked for", (), "no")
                    yield sighted("target_not_shifted", others[0], text, (fix,))
                    return


def _is_by_one(node: Node) -> bool:
    shifts, axes = node.argument(1, "shifts"), node.argument(2, "dims")
    one = shifts[0] if isinstance(shifts, tuple | list) and len(shifts) == 1 else shifts
    return node.name == "roll" and one == 1 and axes in (1, (1,), [1], -1, (-1,)) and len(node.shapes[0]) == 2


def _columns(given: Tensor, asked: Tensor) -> Iterator[tuple[int, int]]:
    """The columns of a series that are the targets, and at which step these begin."""
    asked = asked.squeeze(-1) if asked.ndim == 3 else asked
    if given.ndim != 3 or asked.ndim != 2 or not given.is_floating_point() or not asked.is_floating_point():
        return
    if given.shape[0] != asked.shape[0] or not _FEWEST <= asked.shape[1] <= given.shape[1] or given.shape[2] < 2:
        return
    if bool((asked[:, 1:] == asked[:, :-1]).double().mean() > 0.5):
        return
    for column in range(given.shape[2]):
        for first in range(given.shape[1] - asked.shape[1] + 1):
            if torch.equal(given[:, first : first + asked.shape[1], column], asked):
                yield column, first


def _is_asked(step: Step, node: Node, target: Ref) -> bool:
    """Whether the targets are steps of what is moved."""
    moved, asked = step.value(node.parents[0]), step.value(target)
    if asked.ndim != 2 or len(moved) != len(asked) or moved.dtype != asked.dtype:
        return False
    firsts = range(moved.shape[1] - asked.shape[1] + 1)
    return any(torch.equal(moved[:, first : first + asked.shape[1]], asked) for first in firsts)


def _is_column(step: Step, node: Node, items: Tensor) -> bool:
    """Whether the column that is asked for is what is moved, or the moved one cannot be told from it."""
    moved = step.value(node.parents[0])
    if moved.shape == items.shape and torch.equal(moved, items):
        return True
    return not any(made.name in MOVES for _, made in backwards(step.tape, node.parents[0], MOVES, first=step.first))


def _is_seen(step: Step, source: Ref, column: int, first: int, predicted: Ref) -> bool:
    """Whether each of several predictions moves with the step that it is asked for, and none in front of it does."""
    value, base = step.value(source), step.run()[predicted]
    steps = base.shape[1]
    for at in {1, steps // 2, steps - 1}:
        other = value.clone()
        other[:, first + at, column] += 1 + value[..., column].abs().max()
        try:
            after = step.changed(source, other)
        except RuntimeError:
            return False
        if predicted not in after:
            return False
        moved = difference(base, after[predicted]).reshape(len(base), steps, -1).any(2)
        if not bool(moved[:, at].any()) or bool(moved[:, :at].any()):
            return False
    return True


PROBE = Probe(
    "the column that is moved by a step is the one that is asked for",
    lambda look: other_columns_shifted(look.step),
)
