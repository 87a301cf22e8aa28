"""Models that are asked for every second or third step of their input, and see that step by a padding on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.steps.asked import compared
from shapecheck.capture.instruments.tensors.made import made_at
from shapecheck.capture.instruments.trials.separation import difference, replaced_item
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVOLUTION_ARGUMENTS
from shapecheck.findings import Fix

# The axis of time among those that a convolution slides along: the only one, or of videos the first.
_TIMED = {"conv1d": 1, "conv3d": 3}
_LEAST_ASKED = 3
_MOST_STEPS = 64


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """A target that is every so manyth step of an input.

    Args:
        source: The input.
        axis: Its axis of time, and that of the predictions.
        predicted: The predictions.
        steps: Which steps are asked for, in order.
    """

    source: Ref
    axis: int
    predicted: Ref
    steps: range


def every_other_step_asked(step: Step) -> Iterator[Sighting]:
    """``Conv1d(c, c, 3, stride=2, padding=1)`` of a model whose target is ``video[:, :, 1::2]``.

    What is to be told is a step that the input holds, and lies behind those that stand in the middle of the window.
    Told only where all of the padding in front has each prediction know earlier steps alone: to sum up a window in
    one of its own steps leaves nothing to be moved in front.
    """
    for asked in _asked(step):
        way = map(step.node, ancestors(step.tape, [asked.predicted], step.first))
        padded = [node for node in way if node.name in _TIMED and _padding(node) > 0]
        places = sorted({0, len(asked.steps) // 2, len(asked.steps) - 1})
        if not padded or not all(_sees_own(step, asked, at) for at in places):
            continue
        instead = {node.index: _in_front(node) for node in padded}
        try:
            is_mended = all(not _sees_own(step, asked, at, instead) for at in places) and _sees_earlier(
                step, asked, instead
            )
        except RuntimeError:
            continue
        if not is_mended:
            continue
        text = (
            f"the targets are every {asked.steps.step}. step of the input along axis {asked.axis}, from step "
            f"{asked.steps.start} on, and with such a step replaced, its own prediction moved: to copy is enough. With "
            "all of the padding in front, no prediction sees its own step or a later one"
        )
        fix = Fix("F.pad(x, (kernel_size - 1, 0))", (), "call", "no step sees what it is asked for")
        found, place = sighted("future_seen_by_convolution", padded[0], text, (fix,)), made_at(step, padded[0])
        yield found if place is None else replace(found, span=place)
        return


def _asked(step: Step) -> Iterator[_Asked]:
    """Targets that are every so manyth step of an input, but not its first; the input is not so by itself."""
    for _, predicted, target, is_class in compared(step):
        wanted = step.value(target)
        for source in step.inputs if not is_class else ():
            value = step.value(source)
            if value.ndim != wanted.ndim or not value.is_floating_point() or value.dtype != wanted.dtype:
                continue
            axes = [at for at, sizes in enumerate(zip(value.shape, wanted.shape, strict=True)) if sizes[0] != sizes[1]]
            if len(axes) == 1 and axes[0] > 0 and wanted.shape[axes[0]] >= _LEAST_ASKED:
                steps = _steps(value.movedim(axes[0], 0), wanted.movedim(axes[0], 0))
                if steps is not None:
                    yield _Asked(source, axes[0], predicted, steps)


def _steps(value: Tensor, wanted: Tensor) -> range | None:
    size, count = len(value), len(wanted)
    stride = size // count
    if size > _MOST_STEPS or stride < 2 or size != stride * count or torch.equal(wanted, value[::stride]):
        return None
    return next(
        (range(first, size, stride) for first in range(1, stride) if torch.equal(wanted, value[first::stride])), None
    )


def _sees_own(step: Step, asked: _Asked, at: int, instead: dict[int, Run] | None = None) -> bool:
    """Whether a prediction, or an earlier one, moves with the step that it is asked for."""
    moved = _moved(step, asked, asked.steps[at], instead)
    return bool(moved[at] if instead is None else moved[: at + 1].any())


def _sees_earlier(step: Step, asked: _Asked, instead: dict[int, Run]) -> bool:
    """Whether the last prediction moves with the step in front of what it is asked for."""
    return bool(_moved(step, asked, asked.steps[-1] - 1, instead)[-1])


def _moved(step: Step, asked: _Asked, item: int, instead: dict[int, Run] | None) -> Tensor:
    """Which predictions move with one step of the input."""
    changed = replaced_item(step.value(asked.source), asked.axis, item)
    before = step.run_with(instead)[asked.predicted]
    after = step.changed(asked.source, changed, instead).get(asked.predicted, before)
    return difference(before, after).movedim(asked.axis, 0).reshape(len(asked.steps), -1).any(1)


def _padding(node: Node) -> int:
    """How many steps a convolution adds on either side of time."""
    given = dict(zip(CONVOLUTION_ARGUMENTS, node.args, strict=False)) | node.kwargs
    padding = given.get("padding", 0)
    first = padding[0] if isinstance(padding, tuple | list) and padding else padding
    return first if isinstance(first, int) else 0


def _in_front(node: Node) -> Run:
    """The same convolution with all that it adds to time in front."""

    def run(*args: Any, **kwargs: Any) -> Any:
        given = dict(zip(CONVOLUTION_ARGUMENTS, args, strict=False)) | kwargs
        padding, axes = given["padding"], _TIMED[node.name]
        sizes = [*padding] if isinstance(padding, tuple | list) else [padding] * axes
        values = torch.nn.functional.pad(given.pop("input"), (*[0] * (2 * axes - 2), 2 * sizes[0], 0))
        return node.function(values, **given | {"padding": (0, *sizes[1:])})  # type: ignore[misc]

    return run


PROBE = Probe(
    "no prediction of a step in between sees that step",
    lambda look: every_other_step_asked(look.step),
)
