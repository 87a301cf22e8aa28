"""Pools over steps, wherever their axis has come to lie, and the same without the steps that hold nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.padded import Padding
from shapecheck.capture.instruments.tensors.makers import ELEMENTWISE, FEATURES_LAST
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.recording.replay import Run, descendants, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, DETACHES, DROPS, SCALES

_MOVES = (CONVERTS - DETACHES) | frozenset(
    ["transpose", "permute", "movedim", "swapaxes", "mT", "unsqueeze", "squeeze", "rearrange"]
)
_LARGEST = frozenset(["max", "amax", "adaptive_max_pool1d", "max_pool1d"])
_MEANS = frozenset(["mean", "adaptive_avg_pool1d", "avg_pool1d"])
_WINDOWS = frozenset(["adaptive_max_pool1d", "max_pool1d", "adaptive_avg_pool1d", "avg_pool1d"])


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """A pool over all steps.

    Args:
        node: The pool.
        run: The same without the steps that hold nothing.
        is_mean: Whether it averages them; else it takes the largest.
    """

    node: Node
    run: Run
    is_mean: bool


def pools_over(step: Step, padding: Padding) -> Iterator[Pool]:
    """The pools that read what stands behind the ends, as it was or as layers of single steps have made it over.

    A mean that is scaled by what nobody has learned may be put right by the lengths afterwards, and is left alone.
    """
    for node, places in _places_along(step, padding):
        axis = _pooled(node, tuple(places.shape))
        if axis is None or not _are_steps_along(places, axis):
            continue
        is_mean = node.name in _MEANS
        if not is_mean or not _is_scaled(step, node):
            yield Pool(node, _without(node, places < 0, axis), is_mean)


def _places_along(step: Step, padding: Padding) -> Iterator[tuple[Node, Tensor]]:
    """Operations that read steps, each with the numbers of these in what it reads, negative where there is nothing."""
    shape = step.tape.shape(padding.source)
    hidden = padding.like(shape)
    if hidden is None or len(shape) != 3:
        return
    time = padding.time if tuple(padding.hidden.shape) == shape[:2] else 1 - padding.time
    numbers = torch.arange(1, shape[time] + 1).reshape([-1 if axis == time else 1 for axis in range(3)])
    known: dict[Ref, Tensor] = {padding.source: torch.where(hidden, -numbers, numbers).expand(shape)}
    for index in descendants(step.tape, {padding.source}, step.order):
        node = step.node(index)
        places = known.get(node.parents[0]) if node.parents else None
        if places is None or index not in step.to_loss:
            continue
        yield node, places
        moved = _moved(step, node, places)
        if moved is not None and tuple(moved.shape) == node.shapes[0]:
            known[node.ref] = moved


def _moved(step: Step, node: Node, places: Tensor) -> Tensor | None:
    """Where the steps are in what an operation makes of single ones; None where it reads others as well."""
    if node.name in _MOVES and len(node.parents) == 1:
        return replay(step.tape, [node.index], {node.parents[0]: places.double()})[node.ref].long()
    if node.name in ELEMENTWISE | DROPS and len(node.parents) == 1:
        return places
    if node.name in FEATURES_LAST and len(node.shapes[0]) == places.ndim:
        first = places[..., :1]
        return first.expand(node.shapes[0]) if bool((places == first).all()) else None
    return None


def _are_steps_along(places: Tensor, axis: int) -> bool:
    """Whether the numbers of the steps change along an axis, and along no other."""
    numbers = places.abs()
    return [at for at in range(places.ndim) if bool(numbers.diff(dim=at).any())] == [axis]


def _pooled(node: Node, shape: tuple[int, ...]) -> int | None:
    """The axis that an operation makes one number of, or none."""
    if len(shape) != 3 or not node.shapes:
        return None
    if node.name in _WINDOWS:
        return 2 if node.shapes[0] == (*shape[:2], 1) else None
    if node.name in _LARGEST | _MEANS and len(node.parents) == 1:
        return axis_of(node, 3)
    return None


def _is_scaled(step: Step, node: Node) -> bool:
    """Whether what comes out is multiplied by numbers that nobody has learned, or by one for each sample."""
    factors = (
        ref for other in step.readers(node.ref) if other.name in SCALES for ref in other.parents if ref != node.ref
    )
    return any(ref not in step.learned or step.tape.shape(ref)[1:] == (1,) for ref in factors)


def _without(node: Node, hidden: Tensor, axis: int) -> Run:
    def run(values: Tensor, *args: Any, **kwargs: Any) -> Any:
        if node.name not in _MEANS:
            return node.function(values.masked_fill(hidden, float("-inf")), *args, **kwargs)  # type: ignore[misc]
        share = (~hidden).to(values).mean(axis, keepdim=True)
        return node.function(values.masked_fill(hidden, 0) / share, *args, **kwargs)  # type: ignore[misc]

    return run
