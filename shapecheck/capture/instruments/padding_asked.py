"""A loss of classes that asks for the padding as well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.asked import MOVES
from shapecheck.capture.instruments.made import made_at
from shapecheck.capture.instruments.padded import Padding
from shapecheck.capture.recording.replay import Run, ancestors, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES
from shapecheck.evidence import Span


@dataclass(frozen=True, slots=True, eq=False)
class Ignoring:
    """A loss that would leave out the targets of padding."""

    node: Node
    title: str
    instead: dict[int, Run]
    place: Span | None


def ignoring(step: Step, padding: Padding) -> Iterator[Ignoring]:
    """Losses whose targets hold one value wherever the padding is, each with these left out."""
    for term in step.terms:
        node = step.node(term.node)
        if node.name not in CLASS_LOSSES or term.without_reduction is None or len(node.parents) < 2:
            continue
        if node.kwargs.get("weight") is not None:
            continue
        target = node.parents[1]
        way = [index for index in ancestors(step.tape, [target], step.first) if index in step.order]
        if not all(step.node(index).name in MOVES for index in way):
            continue
        leaves = {parent for index in way for parent in step.node(index).parents} | {target}
        for leaf in leaves:
            mask = _of_padding(step, padding, leaf)
            if mask is None:
                continue
            moved = replay(step.tape, way, {leaf: mask.long()})[target] if way else mask
            value = int(step.value(leaf)[mask].reshape(-1)[0])
            run = _without(term.without_reduction, moved.bool(), int(node.kwargs.get("ignore_index", -100)))
            place = made_at(step, node) if type(node.module).__module__.startswith("torch.") else None
            yield Ignoring(node, f"ignore_index={value}", {node.index: run}, place)


def _of_padding(step: Step, padding: Padding, leaf: Ref) -> Tensor | None:
    """Where targets are those of padding: one value there, and nowhere else but right in front of it."""
    if leaf.node >= step.first and step.node(leaf.node).function is not None:
        return None
    value = step.value(leaf)
    if padding.whole is not None and leaf == padding.whole[0]:
        return _of_whole(value, padding.whole[1])
    turned = value.ndim == 2 and value.shape != padding.hidden.shape and value.t().shape == padding.hidden.shape
    if value.is_floating_point() or value.dtype == torch.bool or (value.shape != padding.hidden.shape and not turned):
        return None
    rows = value.t() if turned else value
    along = rows if padding.time == 1 else rows.t()
    hidden = padding.along_last()
    known = along[hidden]
    if not bool((known == known[0]).all()):
        return None
    same = along == known[0]
    before = torch.arange(along.shape[1])[None] == padding.lengths[:, None] - 1
    if bool((same & ~hidden & ~before).any()):
        return None
    found = same if padding.time == 1 else same.t()
    return found.t() if turned else found


def _of_whole(value: Tensor, hidden: Tensor) -> Tensor | None:
    known = value[hidden]
    if value.is_floating_point() or not known.numel() or not bool((known == known[0]).all()):
        return None
    # A token that stands elsewhere as well is none of padding alone.
    return hidden if torch.equal(value == known[0], hidden) else None


def _without(unreduced: Run, left_out: Tensor, ignored: int) -> Run:
    def run(scores: Tensor, targets: Tensor, *args: Any, **kwargs: Any) -> Any:
        return unreduced(scores, targets.masked_fill(left_out, ignored), *args, **kwargs)

    return run


__all__ = ["Ignoring", "ignoring"]
