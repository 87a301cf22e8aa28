"""Terms of a loss that leave out the ends of sequences: by a label that is ignored, or by a mask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.classes import ignored_label
from shapecheck.capture.instruments.padding.padded import axis_that_fits
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import REDUCING, Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, CONVERTS, CUTS, PICKS_BY_MASK, TOTALS, TURNS

_LEAST_STEPS, _LEAST_FILLED, _RARE = 3, 3, 10


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """What one term leaves out.

    Args:
        node: The operation that leaves it out.
        hidden: Samples and steps, in the order in which they lie there: True where nothing counts.
        time: The axis of the steps.
        why: How it is left out.
        labels: What says it, if it is labels.
        ignored: The label that is ignored, if one is.
    """

    node: Node
    hidden: Tensor
    time: int
    why: str
    labels: Ref | None = None
    ignored: int | None = None

    @property
    def last(self) -> Tensor:
        """Where the last step of each sequence is."""
        kept = ~self.hidden if self.time == 1 else ~self.hidden.t()
        last = kept & (kept.flip(1).int().cumsum(1).flip(1) == 1)
        return last if self.time == 1 else last.t()

    def along(self, shape: tuple[int, ...], mask: Tensor | None = None) -> Tensor | None:
        """The same for a tensor that begins with these axes, in either order or as one; None if it does not."""
        mask = self.hidden if mask is None else mask
        if shape[:2] == tuple(mask.shape):
            return mask
        if shape[:2] == (mask.shape[1], mask.shape[0]):
            return mask.t()
        return mask.reshape(-1) if shape[:1] == (mask.numel(),) else None


def left_out(step: Step) -> Iterator[LeftOut]:
    """What the terms of the loss leave out of sequences that end at different steps."""
    for node in step.all_of_loss:
        if node.name in CLASS_LOSSES and len(node.parents) > 1:
            yield from _by_label(step, node)
        if node.name in TOTALS | REDUCING and node.parents:
            yield from _by_mask(step, node)


def is_filled_behind(step: Step, out: LeftOut, wanted: Ref) -> bool:
    """Whether all that models read at these positions, to make something of it, is one filler that is rare elsewhere.

    Labels that are one step ahead end one step before what is read does.
    """
    read = _read(step, out, wanted)
    steps = out.hidden if out.time == 1 else out.hidden.t()
    later = steps & steps.roll(1, 1)
    behind = later if out.time == 1 else later.t()
    return bool(read) and any(all(_is_filler(step, out, ref, at) for ref in read) for at in (out.hidden, behind))


def is_declared(step: Step, out: LeftOut) -> bool:
    """Whether an embedding is told that the word in these positions is padding."""
    for node in step.all_of_loss:
        if node.name != "embedding" or not node.parents:
            continue
        hidden, words = out.along(step.tape.shape(node.parents[0])), _value(step, node.parents[0])
        padding = node.argument(2, "padding_idx")
        if hidden is None or words is None or padding is None:
            continue
        if bool((words[hidden] == padding).all()):
            return True
    return False


def _read(step: Step, out: LeftOut, wanted: Ref) -> set[Ref]:
    """What has these positions and meets something learned in a module for the first time; flags only say where."""
    nodes = [step.node(index) for index in ancestors(step.tape, [wanted], step.first)]
    meets = [node for node in nodes if node.root >= 0 and any(parent in step.learned for parent in node.parents)]
    read = {parent for node in meets for parent in node.parents if parent not in step.learned}
    read = {ref for ref in read if step.tape.dtype(ref) != torch.bool}
    return {ref for ref in read if len(step.tape.shape(ref)) > 1 and out.along(step.tape.shape(ref)) is not None}


def _is_filler(step: Step, out: LeftOut, ref: Ref, at: Tensor) -> bool:
    value = _value(step, ref)
    behind, hidden = out.along(step.tape.shape(ref), at), out.along(step.tape.shape(ref))
    if value is None or behind is None or hidden is None or int(behind.sum()) < _LEAST_FILLED:
        return False
    rows = value.reshape(*behind.shape, -1)
    is_it = (rows == rows[behind][0]).all(-1)
    return bool(is_it[behind].all()) and int(is_it[~hidden].sum()) * _RARE <= int((~hidden).sum())


def _by_label(step: Step, node: Node) -> Iterator[LeftOut]:
    ignored = ignored_label(node)
    for labels, _ in backwards(step.tape, node.parents[1], CONVERTS | CUTS | TURNS | {"__getitem__"}, is_alone=True):
        if len(step.tape.shape(labels)) != 2 or labels in step.learned:
            continue
        value = _value(step, labels)
        time = axis_that_fits(value == ignored, _ends) if value is not None else None
        if value is not None and time is not None and value.numel() == step.value(node.parents[1]).numel():
            yield LeftOut(node, value == ignored, time, f"ignores the label {ignored}", node.parents[1], ignored)
        return


def _by_mask(step: Step, total: Node) -> Iterator[LeftOut]:
    """``(each * mask).sum()``, ``each[mask].mean()``, a loss of ``scores[mask]`` and the like."""
    node = step.node(total.parents[0].node)
    if node.index < step.first or not node.parents or total.parents[0] not in step.learned:
        return
    if node.name == "mul" and total.name in TOTALS and len(node.parents) == 2:
        for mask in (ref for ref in node.parents if ref not in step.learned):
            yield from hiding(step, total, mask, is_kept=True)
    elif node.name in PICKS_BY_MASK and len(node.parents) == 2:
        if step.tape.dtype(node.parents[1]) == torch.bool:
            yield from hiding(step, total, node.parents[1], is_kept=True)
    elif node.name == "masked_fill" and len(node.parents) > 1 and _is_zero(node.args[2:] or node.kwargs.get("value")):
        yield from hiding(step, total, node.parents[1], is_kept=False)


def hiding(step: Step, total: Node, mask: Ref, *, is_kept: bool) -> Iterator[LeftOut]:
    """What a mask hides, if that are the ends of sequences.

    Args:
        step: The step.
        total: The operation that leaves it out.
        mask: The mask.
        is_kept: Whether it is true where something counts.
    """
    value = _value(step, mask)
    if value is None or mask in step.learned or not are_truths(value):
        return
    hidden = value == 0 if is_kept else value == 1
    shape = _rows_of(step, mask, value)
    time = axis_that_fits(hidden.reshape(shape), _ends) if shape is not None else None
    if shape is not None and time is not None:
        yield LeftOut(total, hidden.reshape(shape), time, "is taken of what a mask leaves")


def _rows_of(step: Step, mask: Ref, value: Tensor) -> tuple[int, int] | None:
    """The samples and steps of a mask: its own axes, or those of what it was made of."""
    if value.ndim > 1:
        return (value.shape[0], value.shape[1]) if value.numel() == value.shape[0] * value.shape[1] else None
    above = [mask, *(parent for at in ancestors(step.tape, [mask], step.first) for parent in step.node(at).parents)]
    shapes = {(shape[0], shape[1]) for ref in above if len(shape := step.tape.shape(ref)) == 2 and min(shape) > 1}
    fits = {shape for shape in shapes if shape[0] * shape[1] == value.numel()}
    return next(iter(fits)) if len(fits) == 1 else None


def _ends(hidden: Tensor) -> bool:
    rows, steps = hidden.shape
    counts = (~hidden).sum(1)
    kinds = set(counts.tolist())
    if rows < 2 or steps < _LEAST_STEPS or len(kinds) < 2 or int(counts.min()) < 1 or int(counts.max()) < steps:
        return False
    # A triangle is one of pairs, not of sequences.
    return bool((hidden.int().diff(dim=1) >= 0).all()) and not rows == steps == len(kinds)


def _is_zero(given: Any) -> bool:
    value = given[0] if isinstance(given, tuple) and given else given
    return isinstance(value, int | float) and float(value) == 0.0


def _value(step: Step, ref: Ref) -> Tensor | None:
    try:
        return step.value(ref)
    except KeyError:
        return step.value_of_input(ref)
