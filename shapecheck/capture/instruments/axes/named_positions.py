"""Which axis of an input counts steps, by a parameter that has a row for each of them and was made so by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.axes.features_axis import left_by_layer
from shapecheck.capture.instruments.axes.named_axes import MAKES, is_for_steps, place_before, sizes_named
from shapecheck.capture.instruments.tensors.parameters import named_at, owner_of
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import expression_in

_PASSES = frozenset(["unsqueeze", "__getitem__", "to", "expand", "expand_as"])
_HOPS = 30
# How a table of positions is called, and what it may count beside steps.
_POSITIONS = frozenset(["pos", "position", "positions", "positional"])
_TOKENS = frozenset(["token", "tokens", "patch", "patches", "words", "ctx", "context", "maxlen"])


def samples_beside_positions(step: Step) -> dict[Ref, int]:
    """Input -> its axis of samples: the other one of the first two than the one that positions are added along."""
    found: dict[Ref, int] = {}
    for node in step.of_loss:
        if node.name != "add" or len(node.parents) != 2:
            continue
        for data, added in (node.parents, node.parents[::-1]):
            axis = _named_axis(step, data, added)
            for source, at in _way_up(step, data, axis) if axis is not None else ():
                if source in step.inputs and at in (0, 1) and not _has_targets(step, source, at):
                    found.setdefault(source, 1 - at)
    return found


def _has_targets(step: Step, source: Ref, axis: int) -> bool:
    """Whether there is one target for each item along an axis, and not for each along the other: these are samples."""
    sizes = step.tape.shape(source)[:2]
    targets = [[size for size in step.tape.shape(ref) if size > 1] for ref in step.targets]
    return sizes[0] != sizes[1] and [sizes[axis]] in targets


def _named_axis(step: Step, data: Ref, added: Ref) -> int | None:
    """The axis, 0 or 1, of three, that a parameter has its rows for, and that is none of samples.

    The number of rows has the name of steps, or no name, and the parameter was made for a batch of one.
    """
    shape, rows = step.tape.shape(data), step.tape.shape(added)
    rows = (1,) * (len(shape) - len(rows)) + rows
    if len(shape) != 3 or len(rows) != 3 or rows[2] != shape[2] or sorted(rows[:2])[0] != 1 or rows[:2] == (1, 1):
        return None
    parameter = added
    for _ in range(_HOPS):
        node = step.node(parameter.node)
        if node.kind == "parameter":
            break
        if node.name not in _PASSES or not node.parents:
            return None
        parameter = node.parents[0]
    owner = owner_of(step, parameter) if step.node(parameter.node).kind == "parameter" else None
    axis = 0 if rows[0] > 1 else 1
    sizes = step.tape.shape(parameter)
    many = [at for at, size in enumerate(sizes[:-1]) if size > 1]
    if owner is None or len(many) != 1 or sizes[many[0]] < shape[axis]:
        return None
    place = named_at(*owner)
    value = expression_in(place) if place is not None else None
    calls = [item for item in ast.walk(value) if isinstance(item, ast.Call) and _is_maker(item)] if value else []
    names = sizes_named(calls[0]) if len(calls) == 1 else []
    name = names[many[0]] if len(names) == len(sizes) else ""
    # What is made for a batch of one, ``(1, rows, features)``, has no row for each sample; but rows with a name of
    # their own, such as sensors, may each be read over time.
    is_of_one = axis == 1 and len(sizes) == 3 and sizes[0] == 1 and not name
    is_of_tokens = not _POSITIONS.isdisjoint(_words(owner[1])) and not _TOKENS.isdisjoint(_words(name))
    return axis if is_of_one or is_for_steps(name) or is_of_tokens else None


def _words(name: str) -> list[str]:
    return name.lower().split("_")


def _is_maker(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in MAKES


def _way_up(step: Step, ref: Ref, axis: int) -> Iterator[tuple[Ref, int]]:
    """What a tensor was made of, as long as one of its axes stays the one that it was."""
    for _ in range(_HOPS):
        yield ref, axis
        node = step.node(ref.node)
        if node.function is None or not node.parents or ref.node < step.first:
            return
        before = _before(step, node, axis)
        if before is None:
            return
        ref, axis = node.parents[0], before


def _before(step: Step, node: Node, axis: int) -> int | None:
    part = node.parents[0]
    left = [at for at in range(len(step.tape.shape(part))) if left_by_layer(step.tape, node, part, at) == axis]
    return left[0] if left else place_before(step.tape, node, axis)
