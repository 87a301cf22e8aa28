"""Which steps of an input a loss asks for: its targets are items of that input, moved about and not changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from shapecheck.capture.instruments.separation import difference, replaced_item
from shapecheck.capture.instruments.shifts import as_numbers, in_shape_of
from shapecheck.capture.recording.replay import Run, ancestors, replay
from shapecheck.capture.recording.step import REDUCING, Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES

# What puts numbers elsewhere and changes none.
MOVES = frozenset(
    [
        "__getitem__", "view", "reshape", "flatten", "contiguous", "transpose", "permute", "t", "T", "mT", "clone",
        "squeeze", "unsqueeze", "detach", "to", "narrow", "select", "movedim", "swapaxes", "view_as", "reshape_as",
        "unflatten", "chunk", "split", "unbind", "long", "int", "float",
    ]
)  # fmt: skip
_ELEMENTWISE = (REDUCING - CLASS_LOSSES - {"ctc_loss", "cosine_embedding_loss"}) | {
    "sub",
    "__sub__",
    "__rsub__",
    "rsub",
}
_MAX_MEETINGS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Meeting:
    """Where predictions meet their targets.

    Args:
        node: The operation.
        predicted: The predictions.
        target: The targets.
        asked: Target -> which step of the input it is.
        is_class: Whether the targets are classes, for which the predictions have an axis more.
    """

    node: Node
    predicted: Ref
    target: Ref
    asked: Tensor
    is_class: bool


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """Losses whose targets are items of an input.

    Args:
        source: The input.
        axis: The axis of time in it.
        meetings: Where they are compared with predictions, all on one side.
        asked: All the steps that are asked for.
    """

    source: Ref
    axis: int
    meetings: tuple[Meeting, ...]
    asked: Tensor

    @property
    def node(self) -> Node:
        """The first loss."""
        return self.meetings[0].node

    @property
    def is_class(self) -> bool:
        """Whether the targets are classes."""
        return all(meeting.is_class for meeting in self.meetings)

    def moved(self, step: Step, item: int, instead: dict[int, Run] | None = None) -> Tensor:
        """Which steps are asked for where the predictions move with one step of the input."""
        after = step.changed(self.source, replaced_item(step.value(self.source), self.axis, item), instead)
        base = step.run_with(instead)
        found = [self.asked[:0]]
        for meeting in self.meetings:
            if meeting.predicted in after:
                moved = difference(base[meeting.predicted], after[meeting.predicted])
                found.append(meeting.asked[moved.any(1) if meeting.is_class else moved].reshape(-1))
        return torch.cat(found)


def owns(step: Step) -> Iterator[Own]:
    """Inputs of at least three steps of which a loss asks for steps."""
    pairs = list(_compared(step))[:_MAX_MEETINGS]
    for source in step.inputs:
        sizes = step.tape.shape(source)
        if len(sizes) < 2 or not pairs:
            continue
        for axis in range(min(len(sizes), 3)):
            if sizes[axis] < 3:
                continue
            meetings = []
            for node, predicted, target, is_class in pairs:
                asked = _asked(step, source, target, axis, is_class)
                if asked is not None:
                    meetings.append(Meeting(node, predicted, target, asked, is_class))
            if meetings and len({meeting.is_class for meeting in meetings}) == 1:
                yield Own(source, axis, tuple(meetings), torch.cat([item.asked.reshape(-1) for item in meetings]))


def _compared(step: Step) -> Iterator[tuple[Node, Ref, Ref, bool]]:
    """Operations on the way to the loss that hold something learned against something that is not, item by item."""
    for index in sorted(step.to_loss):
        node = step.node(index)
        is_class = node.name in CLASS_LOSSES
        if (not is_class and node.name not in _ELEMENTWISE) or len(node.parents) < 2:
            continue
        for predicted, target in (node.parents[:2], node.parents[1::-1]):
            shape, other = step.tape.shape(predicted), step.tape.shape(target)
            if predicted not in step.learned or target in step.learned:
                continue
            if (len(shape) == len(other) + 1 and shape[:1] == other[:1]) if is_class else shape == other != ():
                yield node, predicted, target, is_class


def _asked(step: Step, source: Ref, target: Ref, axis: int, is_class: bool) -> Tensor | None:
    """Target -> which step of an input it is; None if it is none of its items."""
    value = step.value(source)
    value = as_numbers(value) if is_class else value
    if is_class and value.ndim != 2:
        return None
    numbers = torch.arange(value.shape[axis]).view([-1 if at == axis else 1 for at in range(value.ndim)])
    numbers = numbers.expand(value.shape).contiguous()
    if target == source:
        return numbers
    way = [index for index in ancestors(step.tape, [target], step.first) if index in step.order]
    if source in {parent for index in way for parent in step.node(index).parents}:
        if not all(step.node(index).name in MOVES for index in way):
            return None
        return replay(step.tape, way, {source: numbers})[target].long()
    asked = step.value(target)
    if asked.dtype != value.dtype or asked.numel() != value.numel():
        return None
    if asked.shape == value.shape:
        return numbers if torch.equal(asked, value) else None
    for is_turned in (False, True) if asked.ndim == 1 and value.ndim == 2 else ():
        if torch.equal(in_shape_of(asked, value, is_turned), value):
            return (numbers.t().reshape(-1) if is_turned else numbers).view(asked.shape)
    return None


__all__ = ["CLASS_LOSSES", "MOVES", "Meeting", "Own", "owns"]
