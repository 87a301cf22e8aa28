"""Summaries of all steps that are handed to every step, by which each sees the later ones; and the same up to each."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.steps.asked import Own
from shapecheck.capture.instruments.steps.causal import Remedy
from shapecheck.capture.instruments.steps.summaries import is_code
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.recording.replay import Run, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ATTENTIONS, RECURRENT, TOTALS

_WALKS = RECURRENT | ATTENTIONS | {"softmax", "conv1d"}


def running(step: Step, own: Own) -> Remedy | None:
    """Means and sums over all steps, each made of the steps up to every one; None where there are none.

    What sums up a text for a decoder reads the text alone. Here the steps that are summed up know the earlier ones
    already, and go on as steps as well.
    """
    size = step.tape.shape(own.source)[own.axis]
    on_way = [step.node(at) for at in descendants(step.tape, {own.source}, step.order) if at in step.to_loss]
    walked = {node.ref for node in on_way if node.name in _WALKS}
    behind = {Ref(at) for at in descendants(step.tape, walked, step.order)} | walked
    found = [node for node in on_way if _sums_up_steps(step, node, size) and _goes_on(step, node, behind)]
    if not found:
        return None
    runs = {node.index: _up_to_each(node, _axis(step, node)) for node in found}
    count = "" if found[0].name == "sum" else " / torch.arange(1, x.size(1) + 1)[:, None]"
    return Remedy("future_seen_in_summaries", found[0], f"x.cumsum(1){count}", runs)


def _axis(step: Step, node: Node) -> int:
    axis = axis_of(node, len(step.tape.shape(node.parents[0])))
    return -1 if axis is None else axis


def _sums_up_steps(step: Step, node: Node, size: int) -> bool:
    """Whether one axis, as long as there are steps, is left as one item for all of them."""
    if node.name not in TOTALS or not node.parents:
        return False
    shape, axis = step.tape.shape(node.parents[0]), _axis(step, node)
    is_along_steps = len(shape) == 3 and axis == 1 and shape[axis] in (size, size - 1)
    return is_along_steps and node.shapes[0] == (shape[0], 1, shape[2])


def _goes_on(step: Step, node: Node, behind: set[Ref]) -> bool:
    """Whether what is summed up knows earlier steps, is read step by step too, and is not drawn."""
    whole = node.parents[0]
    others = [other for other in step.readers(whole) if other.index != node.index and other.index in step.to_loss]
    return whole in behind and bool(others) and not is_code(step, whole)


def _up_to_each(node: Node, axis: int) -> Run:
    def run(values: Tensor, *_: Any, **__: Any) -> Tensor:
        total = values.cumsum(axis)
        if node.name == "sum":
            return total
        return total / torch.arange(1, values.shape[axis] + 1, device=values.device).unsqueeze(-1)

    return run
