"""Runs an operation with another tensor in the place of one that it read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor

from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.tape import Node, Ref


def other_operand(node: Node, ref: Ref, which: int | None = None) -> Callable[[Tensor], Run]:
    """A run of a node with a tensor in the place of one that it read: at all places, or at the ``which``-th only."""
    places = [place for place, parent in enumerate(node.parents) if parent == ref]
    at = {*places} if which is None else {places[which]}

    def with_value(value: Tensor) -> Run:
        def run(*args: Any, **kwargs: Any) -> Any:
            counted = iter(range(1 << 30))
            args, kwargs = _swapped(args, at, value, counted), _swapped(kwargs, at, value, counted)
            return node.function(*args, **kwargs)  # type: ignore[misc]

        return run

    return with_value


def _swapped(value: Any, at: set[int], new: Tensor, counted: Iterator[int]) -> Any:
    if isinstance(value, Tensor):
        return new if next(counted) in at else value
    if isinstance(value, tuple | list):
        return type(value)(_swapped(item, at, new, counted) for item in value)
    if isinstance(value, dict):
        return {key: _swapped(item, at, new, counted) for key, item in value.items()}
    return value
