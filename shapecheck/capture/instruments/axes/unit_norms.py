"""Where vectors are scaled to length one, by whichever operations, and along which axis they lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from shapecheck.capture.instruments.axes.reductions import one_axis
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import CONVERTS, DETACHES, NORMS, SQUARES

# What keeps a length from being zero.
_GUARDS = frozenset(["clamp", "clamp_min", "add", "maximum", "sqrt", "to", "detach", "unsqueeze", "expand_as"])
# ``x * x.pow(2).sum(1, keepdim=True).rsqrt()``
_INVERTS = frozenset(["rsqrt", "reciprocal"])
# What puts numbers into a parameter.
_GIVES = frozenset(["copy_", "__set__"])
_HOPS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A tensor of which all vectors along one axis have length one.

    Args:
        ref: The tensor.
        axis: The axis.
        source: What it was before.
        node: The call that has the axis for an argument.
    """

    ref: Ref
    axis: int
    source: Ref
    node: Node


def units(tape: Tape, indices: Iterable[int]) -> Iterator[Unit]:
    """All of them among some nodes, in their order."""
    for index in indices:
        node = tape.nodes[index]
        if not node.parents or not node.shapes:
            continue
        source = node.parents[0]
        ndim = len(tape.shape(source))
        measured = node if node.name == "normalize" else None
        if len(node.parents) == 2 and (node.name == "div" or _is_inverse(tape, node)):
            measured = _length(tape, node.parents[1], source)
        axis = axis_of_length(measured, ndim) if measured is not None else None
        if measured is not None and axis is not None:
            yield Unit(Ref(index), axis, source, measured)


def units_in_parameters(tape: Tape, found: dict[Ref, Unit]) -> Iterator[Unit]:
    """Parameters that unit vectors were made of, and then put into: ``w.data = normalize(w.data, dim=0)``.

    Args:
        tape: The tape.
        found: What was scaled to length one, by the tensor that came out.
    """
    changes = [*tape.changes, *((node.name, node.args) for node in tape.nodes if node.name == "copy_")]
    for name, (written, *given) in changes:
        parameter = _parameter(tape, written)
        value = given[0] if given and isinstance(given[0], Ref) else None
        if parameter is None or value is None:
            continue
        unit = found.get(value) if name in _GIVES else None
        if unit is not None and _parameter(tape, unit.source) == parameter:
            yield replace(unit, ref=parameter)
        measured = _length(tape, value, parameter) if name == "div" else None
        axis = axis_of_length(measured, len(tape.shape(parameter))) if measured is not None else None
        if measured is not None and axis is not None and is_euclidean(measured):
            yield Unit(parameter, axis, parameter, measured)
    for unit in found.values():
        parameter = _parameter(tape, unit.source) if tape.nodes[unit.ref.node].is_in_place else None
        if parameter is not None:
            yield replace(unit, ref=parameter)


def _parameter(tape: Tape, ref: Ref) -> Ref | None:
    """The parameter that a tensor is, or the numbers of which it is, for who learns nothing from it."""
    ref, node = origin(tape, ref, CONVERTS)
    return ref if node.kind == "parameter" else None


def scaled_by_length(tape: Tape, indices: Iterable[int]) -> Iterator[Unit]:
    """What was multiplied with a number for each vector and divided by its own length: the number is its new length.

    A plain unit vector says nothing by its length, so who measures it along another axis asks for something else.
    """
    for index in indices:
        node = tape.nodes[index]
        if node.name != "div" or len(node.parents) != 2:
            continue
        left = tape.nodes[node.parents[0].node]
        for source in left.parents if left.name == "mul" else ():
            measured = _length(tape, node.parents[1], source)
            axis = axis_of_length(measured, len(tape.shape(source))) if measured is not None else None
            if measured is not None and axis is not None and tape.shape(source) == node.shapes[0]:
                yield Unit(Ref(index), axis, source, measured)
                break


def _is_inverse(tape: Tape, node: Node) -> bool:
    """Whether it multiplies by one over something: by the inverse of a length, if that is one."""
    return node.name == "mul" and tape.nodes[node.parents[1].node].name in _INVERTS


def _length(tape: Tape, ref: Ref, source: Ref) -> Node | None:
    """The call that measured the vectors of a tensor, or added up their squares."""
    *_, (_, node) = backwards(tape, ref, _GUARDS | _INVERTS, _HOPS)
    if node.name == "sum" and node.parents:
        squared = tape.nodes[node.parents[0].node]
        is_of_it = all(_is_same(tape, ref, source) for ref in squared.parents)
        return node if squared.name in SQUARES and is_of_it else None
    return node if node.name in NORMS and node.parents and _is_same(tape, node.parents[0], source) else None


def _is_same(tape: Tape, one: Ref, other: Ref) -> bool:
    """Whether two tensors are the same numbers, be it that no gradient is asked for in one of them."""
    return one == other or origin(tape, one, DETACHES)[0] == origin(tape, other, DETACHES)[0]


def axis_of_length(node: Node, ndim: int) -> int | None:
    """The axis along which a call measures vectors."""
    value = node.kwargs.get("dim", node.kwargs.get("axis"))
    at = _place(node)
    if value is None:
        value = node.args[at] if len(node.args) > at else (1 if node.name == "normalize" else None)
    return one_axis(value, ndim)


def along(node: Node, axis: int) -> Run:
    """The call that measures vectors, along another axis."""
    at, function = _place(node), node.function

    def run(*args: Any, **kwargs: Any) -> Any:
        rest = {key: value for key, value in kwargs.items() if key not in ("dim", "axis")}
        if len(args) > at:
            return function(*args[:at], axis, *args[at + 1 :], **rest)  # type: ignore[misc]
        return function(*args, **rest, dim=axis)  # type: ignore[misc]

    return run


def _place(node: Node) -> int:
    """Where the axis stands among the arguments that have no name."""
    return 1 if node.name == "sum" else 2


def is_euclidean(node: Node) -> bool:
    """Whether a call measures vectors by their squares, as everybody does who says nothing else."""
    power = node.argument(1, "p", "ord", default=2)
    return node.name == "sum" or power in (None, 2, "fro")


def keeps_axis(node: Node) -> bool:
    """Whether what it returns fits along any axis, because that one stays there with the size 1."""
    if node.name == "normalize":
        return True
    given = node.argument(_place(node) + 1, "keepdim", default=False)
    return given is True
