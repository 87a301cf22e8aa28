"""Steps that are picked for each sequence by a number of its own, and lie in the padding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.padded import Padding
from shapecheck.capture.instruments.padding.padding_masks import Remedy
from shapecheck.capture.instruments.steps.end_symbols import ends_with_filler
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref


def picked_wrongly(step: Step, padding: Padding, nodes: list[Node]) -> Iterator[Remedy]:
    """Picks of one step a sequence of which some lie in the padding, each with the last real step in its place."""
    for node in nodes:
        if node.name not in ("__getitem__", "gather") or not node.parents:
            continue
        shape = step.tape.shape(node.parents[0])
        if len(shape) < 2 or padding.like(shape) is None:
            continue
        time = padding.time if tuple(padding.hidden.shape) == shape[:2] else 1 - padding.time
        index = index_of_steps(node, time)
        picked = step.value(index) if index is not None else None
        count = len(padding.lengths)
        if picked is None or picked.is_floating_point() or picked.dtype == torch.bool or picked.numel() % count:
            continue
        numbers = one_each(picked, time, count)
        if numbers is None or not bool(padding.along_last()[torch.arange(count), numbers].any()):
            continue
        last = padding.last_steps
        is_first = torch.equal(numbers, padding.lengths) and padding.is_behind
        if is_first and ends_with_filler(step, padding, node):
            continue
        if is_first:
            text = "the step that is picked by the length is the first one of the padding: steps count from 0"
            title = "lengths - 1"
        elif padding.is_behind:
            text, title = "some of the steps that are picked are padding", "lengths - 1"
        else:
            text = "the padding stands in front, and the steps are counted as if it stood behind"
            title = "[:, -1]" if time == 1 else "[-1]"
        yield Remedy("last_padded_step", node, title, {node.index: _instead(node, time, last, picked)}, text)


def index_of_steps(node: Node, time: int) -> Ref | None:
    """The tensor that says which step to take, where all else is taken whole or by the number of the row."""
    if node.name == "gather":
        given = node.argument(1, "dim")
        index = node.argument(2, "index")
        return index if given == time and isinstance(index, Ref) else None
    parts = node.args[1] if len(node.args) > 1 and isinstance(node.args[1], tuple) else ()
    found = parts[time] if len(parts) > time and isinstance(parts[1 - time], Ref) else None
    return found if isinstance(found, Ref) else None


def one_each(picked: Tensor, time: int, count: int) -> Tensor | None:
    """One number for each sequence, also where it was expanded along the features."""
    if picked.ndim == 1:
        return picked if len(picked) == count else None
    if picked.shape[time] != 1 or picked.shape[1 - time] != count:
        return None
    rows = picked.select(time, 0).reshape(count, -1)
    return rows[:, 0] if bool((rows == rows[:, :1]).all()) else None


def _instead(node: Node, time: int, last: Tensor, picked: Tensor) -> Run:
    def run(values: Tensor, *args: Any, **kwargs: Any) -> Any:
        if node.name == "gather":
            shape = [1] * picked.ndim
            shape[1 - time] = len(last)
            return values.gather(time, last.view(shape).expand_as(picked))
        parts = list(args[0])
        parts[time] = last
        return values[tuple(parts)]

    return run
