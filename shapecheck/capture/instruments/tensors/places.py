"""Which numbers of a tensor are read, and by whom: followed by their places through all that only moves them."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from shapecheck.capture.recording.arguments import replaced
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, tensors_in

_MOVES = frozenset(
    ["view", "reshape", "transpose", "permute", "squeeze", "unsqueeze", "__getitem__", "flatten", "contiguous",
     "clone", "select", "movedim", "t", "T", "mT", "index_select", "cat", "stack", "hstack", "unflatten", "narrow",
     "chunk", "split", "unbind", "detach", "gather", "flip"]
)  # fmt: skip


def followed(step: Step, source: Ref) -> tuple[Node | None, Tensor | None]:
    """The first operation that moves a tensor, and the places in it of all numbers that somebody reads.

    Returns:
        The places counted through, once each; None where they cannot be told.
    """
    first, readings = readings_of(step, source)
    if not readings:
        return first, None
    places = torch.cat([value.reshape(-1) for _, value in readings]).unique()  # type: ignore[no-untyped-call]
    return first, places[places >= 0].long()


def readings_of(step: Step, source: Ref) -> tuple[Node | None, list[tuple[Node, Tensor]]]:
    """The first operation that moves a tensor, and who reads its numbers, each with the places of what it reads.

    What the call that made it has done to it still, such as to put back the rows that it had sorted, is no such one.

    Returns:
        The places counted through, in the shape of what is read, -1 for other numbers; none where they cannot be told.
    """
    marks = marks_of(step, source)
    read: list[tuple[Node, Tensor]] = []
    first: Node | None = None
    for node in step.all_of_loss:
        marked = [parent for parent in node.parents if parent in marks]
        if marked and (node.name not in _MOVES or node.function is None):
            read += [(node, marks[parent]) for parent in marked]
        elif marked and node.ref not in marks:
            return first or (node if source in marked else None), []
        elif marked and not is_same_call(node, step.node(source.node)):
            first = first or node
    return first, read


def is_same_call(node: Node, made: Node) -> bool:
    """Whether an operation belongs to the call of the user's that another one belongs to."""
    return node.spot is not None and made.spot is not None and node.spot.place == made.spot.place


def marks_of(step: Step, source: Ref) -> dict[Ref, Tensor]:
    """Where in a tensor each number of what is made of it by moving stood, counted through; -1 for other numbers."""
    shape = step.tape.shape(source)
    marks: dict[Ref, Tensor] = {source: torch.arange(math.prod(shape), dtype=torch.float64).reshape(shape)}
    for node in step.all_of_loss:
        if node.name not in _MOVES or node.function is None or not any(parent in marks for parent in node.parents):
            continue

        def moved(ref: Ref, marks: dict[Ref, Tensor] = marks) -> Tensor:
            if ref in marks:
                return marks[ref]
            value = step.value(ref)
            return torch.full(value.shape, -1.0, dtype=torch.float64) if value.is_floating_point() else value

        try:
            result = node.function(*replaced(node.args, moved), **replaced(node.kwargs, moved))
        except Exception:
            return marks
        marks |= {Ref(node.index, at): value for at, value in enumerate(tensors_in(result))}
    return marks
