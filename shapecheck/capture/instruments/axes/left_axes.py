"""Where an axis of one comes from that operands spread along: a squeeze that takes nothing, or a gather without one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.tensors.pairs import operands, spreads
from shapecheck.capture.instruments.trials.sighting import other_axis, replaced_call
from shapecheck.capture.recording.replay import Run, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import expression_at
from shapecheck.capture.recording.vocabulary import GATHERS
from shapecheck.findings import Fix

_OUTCOME = "each number meets its own"
_MOST = 400


@dataclass(frozen=True, slots=True)
class Left:
    """What left an axis of one where it is not wanted.

    Args:
        node: Where.
        text: What it has done.
        fix: What it should do.
    """

    node: Node
    text: str
    fix: Fix


def left_axis(step: Step, node: Node, pair: tuple[Ref, Ref], first: int) -> Left | None:
    """What left the longer of two operands the axis that the other one does not have; None where nothing tells.

    A squeeze along an axis of several items is none at all, and was to go along the one that is left. What is gathered
    by numbers that were given an axis for it, one for each row, is handed on without that axis. What was made before
    the first of all nodes that are looked at is not gone into.
    """
    ref, short = sorted(pair, key=lambda one: -len(step.tape.shape(one)))
    at = _extra(step.tape.shape(ref), step.tape.shape(short))
    if at is None:
        return None
    for made in _made_of(step, ref, at, first):
        shape = made.shapes[0]
        if _is_idle(step, made) and shape[at] == 1:
            given = made.argument(1, "dim")
            text = f"squeeze({given}) takes nothing of {step.tape.shape(made.parents[0])}, and the axis of one is left"
            edits = other_axis(made, at)
            mends = _mends(step, node, made, at)
            if not edits or mends is False:
                return None
            # What a distribution has made of it cannot be run again without the axis.
            fix = Fix(f"squeeze({at})", edits, "call", _OUTCOME) if mends else Fix(f"squeeze({at})", edits, "no")
            return Left(made, text, fix)
        if made.name in GATHERS and _is_by_numbers_with_axis(step, made, at) and _mends(step, node, made, at):
            call = expression_at(made.spot, ast.Call) if made.spot is not None else None
            edits = replaced_call(made, f"{ast.unparse(call)}.squeeze({at})") if call is not None else ()
            text = f"what is gathered keeps the axis of one that its numbers were given for it, {shape}"
            return Left(made, text, Fix(f"squeeze({at})", edits, "call", _OUTCOME)) if edits else None
    return None


def _extra(long: tuple[int, ...], short: tuple[int, ...]) -> int | None:
    """The axis of one that the longer one has and the other has not, -1 for the last; None if there are others."""
    if len(long) != len(short) + 1:
        return None
    if long == (*short, 1):
        return -1
    found = [axis for axis in range(1, len(long) - 1) if long[axis] == 1 and long[:axis] + long[axis + 1 :] == short]
    return found[0] if len(found) == 1 else None


def _made_of(step: Step, ref: Ref, axis: int, first: int) -> Iterator[Node]:
    """What a tensor was made of, nearest first, as far back as the axis is there."""
    open_refs, seen = [ref], set[Ref]()
    shape = step.tape.shape(ref)
    while open_refs and len(seen) < _MOST:
        at = open_refs.pop(0)
        if at in seen or at.node < first:
            continue
        seen.add(at)
        node = step.node(at.node)
        yield node
        for parent in node.parents:
            other = step.tape.shape(parent)
            if other[-1:] == (1,) if axis == -1 else other == shape:
                open_refs.append(parent)


def _is_idle(step: Step, node: Node) -> bool:
    """Whether it is a squeeze along one axis, of several items."""
    if node.name != "squeeze" or type(node.argument(1, "dim")) is not int or node.spot is None:
        return False
    shape = step.tape.shape(node.parents[0])
    return node.shapes[0] == shape and shape.count(1) == 1


def _is_by_numbers_with_axis(step: Step, node: Node, at: int) -> bool:
    """Whether one number is gathered along the axis, of several, by numbers that have it for that alone."""
    axis, shape = node.argument(1, "dim", "axis"), node.shapes[0]
    if type(axis) is not int or axis % len(shape) != at % len(shape) or step.tape.shape(node.parents[0])[axis] < 2:
        return False
    return shape[at] == 1


def _mends(step: Step, node: Node, made: Node, at: int) -> bool | None:
    """Whether nothing spreads any more, from what is mended on, where it is left without the axis.

    None where it does not run: it is read once more in the old shape, or only when the step is through.
    """
    if made.index not in step.order or node.index not in step.order:
        return None
    try:
        values = step.run_with({made.index: _without(made, at)})
    except Exception:
        return None
    for index in [made.index, *descendants(step.tape, {made.ref}, step.order)]:
        pair = operands(step.node(index))
        if pair is None or index == made.index:
            continue
        shapes = [tuple(values[ref].shape) if ref in values else step.tape.shape(ref) for ref in pair]
        if spreads(*shapes):
            return False
    return True


def _without(made: Node, at: int) -> Run:
    def run(*args: Any, **kwargs: Any) -> Any:
        value = made.function(*args, **kwargs)  # type: ignore[misc]
        return value.squeeze(at) if isinstance(value, Tensor) else value

    return run
