"""Are features turned by the number of their step, or by that of their head?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.counted import counted, counted_beforehand
from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.trials.separation import first_mixed, probe, separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import Spot
from shapecheck.capture.recording.vocabulary import ATTENTIONS, SOFTMAXES
from shapecheck.findings import Fix

# The cosine and the sine are multiplied a few operations apart.
_NEAR = 16


@dataclass(frozen=True, slots=True, eq=False)
class _Rotation:
    """Something learned that is multiplied with the cosine or the sine of angles that are not.

    Args:
        node: The multiplication.
        data: What is turned.
        table: The cosine, the sine, or both as complex numbers.
        axis: The one axis of the data, beside the last, along which the angles differ.
    """

    node: Node
    data: Ref
    table: Ref
    axis: int


_HOPS = 12
_LOOKS_AROUND = ATTENTIONS | SOFTMAXES | frozenset(["matmul", "bmm", "einsum", "sum"])


def rotated(step: Step, ways: list[Way]) -> Iterator[Sighting]:
    """Angles that differ along an axis which the attention behind keeps apart, and not along the one it looks along."""
    for way in ways:
        if len(way.apart) != 1 or len(way.moves) != 2:
            continue
        moves = way.moves[way.apart[0]]
        for turn in _rotations(step):
            samples = separate_axes(moves.masks(turn.data))
            shape = step.tape.shape(turn.data)
            if len(samples) != 1 or len(shape) < 4 or turn.axis in samples or not _is_counted(step, turn):
                continue
            for steps in range(len(shape) - 1):
                if steps in (samples[0], turn.axis) or min(shape[steps], shape[turn.axis]) < 2:
                    continue
                seen = _looked_along(step, turn, steps)
                if seen is not None:
                    yield _told(step, turn, steps, seen)
                    return


def _is_counted(step: Step, turn: _Rotation) -> bool:
    size = step.tape.shape(turn.data)[turn.axis]
    return counted(step, turn.table, size) is not None or counted_beforehand(step, turn.table, size, 0) is not None


def _looked_along(step: Step, turn: _Rotation, steps: int) -> Node | None:
    """The attention in which the items of an axis meet, while those that have an angle each are still apart."""
    out, goals = _as_numbers(step, Ref(turn.node.index)), [term.ref for term in step.terms]
    try:
        along, beside = probe(step, out, steps), probe(step, out, turn.axis)
    except Exception:
        return None
    index = first_mixed(step, along, goals)
    if index is None or step.node(index).name not in _LOOKS_AROUND:
        return None
    return step.node(index) if beside.is_separate(Ref(index)) else None


def _as_numbers(step: Step, ref: Ref) -> Ref:
    """What was turned as pairs of numbers, where it was turned as complex ones."""
    if not step.tape.dtype(ref).is_complex:
        return ref
    parts = (node.index for node in step.readers(ref) if node.name == "view_as_real")
    return Ref(next(parts, ref.node))


def _told(step: Step, turn: _Rotation, steps: int, seen: Node) -> Sighting:
    table, shape = step.tape.shape(turn.table), step.tape.shape(turn.data)
    text = (
        f"{table} turns {shape} by angles that differ along axis {turn.axis} and are the same along axis {steps}; "
        f"by the probe {seen.name} looks along axis {steps} and keeps axis {turn.axis} apart: each head gets its "
        "number, and the steps get none"
    )
    title = "transpose heads and steps in front of the rotation, and back behind it"
    told = sighted("positions_along_heads", turn.node, text, (Fix(title, (), "no"),))
    given = _given(step, turn)
    return told if given is None else replace(told, span=given.span)


def _given(step: Step, turn: _Rotation) -> Spot | None:
    """The call in which a helper that turns what it is given got it, from the function that laid out its axes."""
    spot, ref = turn.node.spot, turn.data
    frames: list[Spot] = []
    while spot is not None:
        frames.append(spot)
        spot = spot.caller
    for _ in range(_HOPS if frames else 0):
        node = step.node(ref.node)
        if node.spot is not None and node.spot.code is not frames[0].code:
            return next((frame for frame in frames[1:] if frame.code is node.spot.code), None)
        if not node.parents or node.index < step.first:
            break
        ref = node.parents[0]
    return None


def _rotations(step: Step) -> Iterator[_Rotation]:
    """What is turned in a step: two tables whose squares add up to one are a cosine and a sine."""
    found = [one for node in step.of_loss for one in _product(step, node)]
    for at, (node, data, table) in enumerate(found):
        value = step.value(table)
        near = [other for one, _, other in found[max(at - 2, 0) : at + 3] if abs(one.index - node.index) < _NEAR]
        if not value.is_complex() and not any(_is_pair(value, step.value(other)) for other in near if other != table):
            continue
        if value.is_complex() and not bool(torch.allclose(value.abs(), torch.ones(()), atol=1e-3)):
            continue
        axes = _axes(value, len(step.tape.shape(data)))
        if len(axes) == 1:
            yield _Rotation(node, data, table, axes[0])


def _product(step: Step, node: Node) -> Iterator[tuple[Node, Ref, Ref]]:
    if node.name != "mul" or len(node.parents) != 2 or not node.shapes:
        return
    for data, table in (node.parents, node.parents[::-1]):
        if data in step.learned and table not in step.learned and step.tape.shape(data) == node.shapes[0]:
            yield node, data, table


def _is_pair(one: Tensor, other: Tensor) -> bool:
    if one.shape != other.shape or not one.is_floating_point() or not other.is_floating_point():
        return False
    squares = one.double() ** 2 + other.double() ** 2
    return bool(torch.allclose(squares, torch.ones((), dtype=torch.float64), atol=1e-3)) and bool((one != other).any())


def _axes(table: Tensor, ndim: int) -> list[int]:
    """The axes of what it is multiplied with along which it differs, without the last one."""
    front = ndim - table.ndim
    return [front + axis for axis in range(table.ndim - 1) if bool((table != table.narrow(axis, 0, 1)).any())]


PROBE = Probe(
    "features are turned by the number of their step",
    lambda look: rotated(look.step, look.ways),
)
