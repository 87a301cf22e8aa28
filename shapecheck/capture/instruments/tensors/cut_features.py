"""Which layer made the features that lie along an axis, where they were cut into heads or pieces on their way."""

from __future__ import annotations

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.recording.replay import ancestors, descendants, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref

# What moves numbers about, or leaves some out, and changes none.
_MOVES = frozenset(
    ["view", "reshape", "flatten", "unflatten", "permute", "transpose", "movedim", "contiguous", "chunk", "split",
     "unbind", "__getitem__", "select", "squeeze", "unsqueeze", "mT", "T"]
)  # fmt: skip
_LAST = frozenset(["linear", "embedding"])


def cut_features(step: Step, ref: Ref, axis: int, other: int, *, or_heads: bool = False) -> Node | None:
    """The layer of which some features lie along an axis, one behind the other, and the same ones all along another.

    Or, if that is asked for, the next ones along the other axis, as in one head after the other.
    """
    made, order = _origin(step, ref)
    if made is None or not made.shapes or made.shapes[0][-1] < 2:
        return None
    numbers = torch.arange(made.shapes[0][-1]).expand(made.shapes[0])
    try:
        moved = replay(step.tape, order, {made.ref: numbers}, known=step.run())[ref]
    except Exception:
        return None
    return made if _is_run_along(moved, axis, other, moved.shape[axis] if or_heads else 0) else None


def _origin(step: Step, ref: Ref) -> tuple[Node | None, list[int]]:
    at, node = origin(step.tape, ref, _MOVES)
    if node.name not in _LAST or at.out:
        return None, []
    return node, descendants(step.tape, {at}, ancestors(step.tape, [ref], node.index + 1))


def _is_run_along(numbers: Tensor, axis: int, other: int, apart: int) -> bool:
    steps, still = numbers.diff(dim=axis), numbers.diff(dim=other)
    is_still = bool((still == 0).all()) or bool(apart and (still == apart).all())
    return bool(steps.numel()) and bool((steps == 1).all()) and is_still
