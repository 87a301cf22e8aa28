"""Numbers that were counted, or reckoned of their places alone, and the axis along which they differ."""

from __future__ import annotations

from torch import Tensor

from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import FROM_OUTSIDE, Node, Ref
from shapecheck.capture.recording.vocabulary import DROPS, IMAGES, NOISE, RANDOM

_COUNTS = frozenset(["arange", "linspace", "logspace", "cumsum", "cumprod"])
_DRAWN = NOISE | RANDOM | DROPS
# A difference, or a quotient, that is the same from each number to the next.
_EXACT = 1e-4
_FEWEST = 4


def counting_of(step: Step, ref: Ref) -> Node | None:
    """What counted the numbers of a tensor; None if data, anything learned or chance has a part in them.

    A list that a script made a tensor of is counted if its numbers go on evenly, or by a factor.
    """
    found: Node | None = None
    open_refs, seen = [ref], {ref}
    while open_refs:
        at = open_refs.pop()
        node = step.node(at.node)
        if node.name in _DRAWN or at in step.learned or (node.function is None and node.name not in FROM_OUTSIDE):
            return None
        if node.name in FROM_OUTSIDE:
            if step.tape.shape(at) and not _goes_on(step, at):
                return None
            found = found or (node if step.tape.shape(at) else None)
            continue
        if node.name in _COUNTS:
            found = found or node
        # What is made in the image of a tensor only has its shape.
        parents = () if node.name in IMAGES else node.parents
        open_refs += [parent for parent in dict.fromkeys(parents) if parent not in seen]
        seen |= {*parents}
    return found


def varies_along(value: Tensor, ndim: int) -> int | None:
    """The one axis of a tensor, as it lies in another one with so many axes, along which its numbers differ."""
    moved = [
        axis
        for axis, size in enumerate(value.shape)
        if size > 1 and not bool((value == value.narrow(axis, 0, 1)).all())
    ]
    return moved[0] + ndim - value.ndim if len(moved) == 1 and ndim >= value.ndim else None


def _goes_on(step: Step, ref: Ref) -> bool:
    value = step.known(ref)
    if value is None or value.ndim != 1 or len(value) < _FEWEST or not value.is_floating_point():
        return False
    numbers = value.double()
    return any(_is_even(one) for one in (numbers, numbers.abs().log(), 1 / numbers))


def _is_even(numbers: Tensor) -> bool:
    gaps = numbers.diff()
    scale = float(gaps.abs().max())
    return 0 < scale < float("inf") and bool(((gaps - gaps[0]).abs() <= _EXACT * scale).all())
