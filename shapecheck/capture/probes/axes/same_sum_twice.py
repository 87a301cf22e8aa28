"""Two numbers that are put side by side and are the same one, because both sums run along the same axis."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations

import torch

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.alternatives import with_axis
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import expression_in
from shapecheck.capture.recording.vocabulary import JOINS
from shapecheck.findings import Edit, Fix
from shapecheck.reading.edits import whole_number

_HOPS = 6


def same_sum_twice(step: Step) -> Iterator[Sighting]:
    """``stack([(p.sum(2) * xs).sum(-1), (p.sum(-2) * ys).sum(-1)])`` of a map with as many rows as columns.

    Where a map falls together along two axes in turn, to say how far across and how far down something is, the second
    sum over the same axis says the first number once more, and nothing is read of how it lies along the other one.
    Plain sums that are laid side by side may be copies, one for each of those who read them.
    """
    for node in step.of_loss:
        parts = [*dict.fromkeys(node.parents)] if node.name in JOINS else []
        for one, other in combinations(parts[:4], 2):
            pair = _pair(step, one, other)
            if pair is not None:
                yield _told(step, node, *pair)
                return


def _pair(step: Step, one: Ref, other: Ref) -> tuple[Node, Node, int] | None:
    """The two reductions, and the axis along which one of them was to run."""
    if step.tape.shape(one) != step.tape.shape(other) or one not in step.learned or other not in step.learned:
        return None
    first, second = _reductions(step, one), _reductions(step, other)
    for left in first:
        for right in second:
            if left.ref == one or right.ref == other:
                continue
            if left is right or left.spot is None or right.spot is None or left.spot.place == right.spot.place:
                continue
            axes = reduced_axes(step, left)
            is_same = left.name == right.name and left.parents == right.parents and axes == reduced_axes(step, right)
            shape = step.tape.shape(left.parents[0])
            free = [
                at for at in range(1, len(shape)) if at not in axes and len(axes) == 1 and shape[at] == shape[axes[0]]
            ]
            if is_same and len(free) == 1 and shape[free[0]] > 1 and _are_equal(step, one, other):
                return left, right, free[0]
    return None


def _reductions(step: Step, ref: Ref) -> list[Node]:
    way = backwards(step.tape, ref, None, _HOPS, first=step.first)
    return [node for _, node in way if node.name in ("sum", "mean", "amax", "amin") and reduced_axes(step, node)]


def _are_equal(step: Step, one: Ref, other: Ref) -> bool:
    left, right = step.known(one), step.known(other)
    if left is None or right is None or left.numel() < 2 or not bool((left != left.flatten()[0]).any()):
        return False
    return torch.allclose(left, right, rtol=1e-5, atol=1e-7)


def _told(step: Step, node: Node, left: Node, right: Node, new: int) -> Sighting:
    shape, axis = step.tape.shape(left.parents[0]), reduced_axes(step, left)[0]
    text = (
        f"{left.name} runs along axis {axis} of {shape} for both of two parts that {node.name} puts side by side, and "
        f"both come out the same; nothing is read of how the numbers lie along axis {axis}, where the two parts are to "
        f"tell of axis {axis} and of axis {new}"
    )
    fixes = tuple(
        Fix(f"dim={new} of the {word}", _edits(one, new), tried(step, {one.index: with_axis(one, new)}))
        for word, one in (("second", right), ("first", left))
    )
    return sighted("same_sum_twice", right, text, fixes)


def _edits(node: Node, new: int) -> tuple[Edit, ...]:
    """The axis of this very call, beside which another one may be written alike."""
    call = expression_in(node.spot.span) if node.spot is not None else None
    if not isinstance(call, ast.Call) or node.spot is None:
        return ()
    named = next((word.value for word in call.keywords if word.arg in ("dim", "axis")), None)
    given = call.args[-1:] if len(call.args) in (1, 2) else []
    axis = named or (given[0] if given else None)
    is_number = axis is not None and whole_number(axis) is not None
    return replaced_text(node.spot.code.co_filename, axis, str(new)) if axis is not None and is_number else ()


PROBE = Probe(
    "sums that are put side by side run along different axes",
    lambda look: same_sum_twice(look.step),
    turn=Turn.LAST,
)
