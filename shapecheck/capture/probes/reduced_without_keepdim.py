"""Reductions of a tensor that meet that tensor again, each number beside the numbers of another item than its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from shapecheck.capture.instruments.backwards import origin
from shapecheck.capture.instruments.kept_axes import MEETS
from shapecheck.capture.instruments.reductions import REDUCTIONS, edited, keeping, reduced_axes, without
from shapecheck.capture.instruments.separation import difference
from shapecheck.capture.instruments.sighting import Sighting, sighted
from shapecheck.capture.instruments.tried import tried
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.replay import Run, ancestors, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, CUTS, TOTALS, TURNS
from shapecheck.findings import Fix

# What makes of each number another one at its place.
_EACH = (
    MEETS
    | CONVERTS
    | frozenset(
        ["exp", "log", "log1p", "expm1", "abs", "square", "sqrt", "rsqrt", "neg", "reciprocal", "sign", "sigmoid",
         "tanh", "relu", "gelu", "silu", "elu", "leaky_relu", "softplus", "clamp", "clamp_min", "clamp_max", "dropout",
         "nan_to_num", "softmax", "log_softmax", "layer_norm", "lerp", "addcmul", "addcdiv", "round", "floor"]
    )
)  # fmt: skip
_ADDS_AXES = CUTS | {"unsqueeze", "diag", "diag_embed", "outer", "ger", "unflatten"}
# What takes some rows of a tensor.
_ROWS = frozenset(["__getitem__", "index_select", "narrow", "split", "chunk"])
# What scales a row as a whole, so that a sum along the row would be scaled by that alone.
_SCALES = frozenset(["mul", "div"])
_HOPS = 24


@dataclass(frozen=True, slots=True, eq=False)
class _Meeting:
    """Where a tensor meets what is left of it.

    Args:
        node: The operation.
        made: The reduction.
        source: What was reduced, in the shape that it has there.
        axes: Along which axes of it.
        lands: Axis of it -> the axis along which its items lie there.
    """

    node: Node
    made: Node
    source: Ref
    axes: tuple[int, ...]
    lands: dict[int, int]


def reduced_without_keepdim(look: Look) -> Iterator[Sighting]:
    """``g / g.norm(dim=(1, 2))`` with as many columns as matrices: column k is divided by the norm of matrix k.

    Axes are aligned from the right. A table whose two axes hold the same things is left alone: there the sum of a row
    may well stand beside a column, as the degree of a node does beside all that leads to it.
    """
    step = look.step
    # What a script made ready for the first step is looked at with that.
    first = step.tape.evaluated_from if look.before is None else min(step.first, look.before.last)
    told: dict[object, list[_Meeting]] = {}
    for index in range(first, step.last):
        met = _meeting(step, step.node(index))
        if met is None or met.made.spot is None or _is_summed_again(step, met) or _is_weighed_by_its_own(step, met):
            continue
        if _is_told_by_numbers(step, met):
            told.setdefault(met.made.spot.code, []).append(met)
    for alike in told.values():
        yield _told(step, alike)


def _meeting(step: Step, node: Node) -> _Meeting | None:
    if node.name not in MEETS or len(node.parents) != 2 or node.spot is None:
        return None
    tape = step.tape
    long, short = sorted(node.parents, key=lambda ref: -len(tape.shape(ref)))
    shape, rest = tape.shape(long), tape.shape(short)
    if node.shapes[0] != shape or not 0 < len(rest) < len(shape):
        return None
    made = _reduction(step, short, rest)
    found = _reduced_of(step, made, shape) if made is not None else None
    if made is None or found is None or not _is_of(step, long, found[0]):
        return None
    source, axes = found
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    places = {axis: len(shape) - len(kept) + at for at, axis in enumerate(kept)}
    lands = {axis: at for axis, at in places.items() if axis != at and shape[axis] == shape[at] > 1}
    return _Meeting(node, made, source, axes, lands) if lands and not _is_laid_otherwise(step, made) else None


def _reduction(step: Step, ref: Ref, shape: tuple[int, ...]) -> Node | None:
    """The one reduction that a tensor was made of, number by number."""
    for _ in range(_HOPS):
        node = step.node(ref.node)
        is_of_one = len(set(node.parents)) == 1 and step.tape.shape(node.parents[0]) != shape
        if is_of_one and node.name in REDUCTIONS | {"einsum"}:
            return node
        same = {parent for parent in node.parents if step.tape.shape(parent) == shape}
        if (
            node.name not in _EACH
            or len(same) != 1
            or any(step.tape.shape(one) not in (shape, ()) for one in node.parents)
        ):
            return None
        ref = same.pop()
    return None


def _reduced_of(step: Step, made: Node, shape: tuple[int, ...]) -> tuple[Ref, tuple[int, ...]] | None:
    """What of a shape was reduced, and along which of its axes: ``x.flatten(1).norm(dim=1)`` runs along the rest."""
    source = made.parents[0]
    axes = _summed(made) if made.name == "einsum" else reduced_axes(step, made)
    given = step.tape.shape(source)
    if not axes or made.shapes[0] != without(given, axes):
        return None
    if given[1:] == shape[1:] and (given[0] == shape[0] or 0 in axes):
        return source, axes
    cut = step.node(source.node)
    lead = axes[0]
    is_rest = axes == tuple(range(lead, len(given))) and lead > 0
    if cut.name in CUTS and is_rest and step.tape.shape(cut.parents[0]) == shape and shape[:lead] == given[:lead]:
        return cut.parents[0], tuple(range(lead, len(shape)))
    return None


def _summed(node: Node) -> tuple[int, ...]:
    """The axes that an einsum of a tensor with itself sums over, where it leaves the others in their order."""
    equation = node.args[0] if node.args else None
    operands, _, output = equation.replace(" ", "").partition("->") if isinstance(equation, str) else ("", "", "")
    letters, *others = operands.split(",")
    axes = tuple(at for at, letter in enumerate(letters) if letter not in output)
    is_plain = len(set(letters)) == len(letters) and all(other == letters for other in others)
    return axes if is_plain and output == "".join(one for one in letters if one in output) else ()


def _is_of(step: Step, one: Ref, other: Ref) -> bool:
    """Whether two tensors were made of the same numbers at the same places, be it of other rows of them."""
    return not _in_place_of(step, one).isdisjoint(_in_place_of(step, other))


def _in_place_of(step: Step, ref: Ref) -> set[Ref]:
    found, open_refs = {ref}, [ref]
    while open_refs and len(found) < _HOPS:
        at = open_refs.pop()
        node, shape = step.node(at.node), step.tape.shape(at)
        more: list[Ref] = []
        if node.name in _EACH:
            more = [one for one in node.parents if step.tape.shape(one) == shape]
        elif node.name in _ROWS and len(step.tape.shape(node.parents[0])) == len(shape):
            more = [one for one in node.parents[:1] if step.tape.shape(one)[1:] == shape[1:]]
        more = [one for one in more if one not in found]
        found.update(more)
        open_refs += more
    return found


def _is_laid_otherwise(step: Step, made: Node) -> bool:
    """Whether what is left is laid along another axis as well, as the degrees of nodes are along rows and columns."""
    reached = {Ref(made.index, out) for out in range(len(made.shapes))}
    for index in range(made.index + 1, step.last):
        node = step.node(index)
        if reached.isdisjoint(node.parents):
            continue
        if node.name in _ADDS_AXES or (node.name == "__getitem__" and len(node.shapes[0]) >= len(made.shapes[0])):
            return True
        if node.name in _EACH and node.shapes[0] == made.shapes[0]:
            reached.add(Ref(index))
    return False


def _is_summed_again(step: Step, met: _Meeting) -> bool:
    """Whether a table that meets its own sums is summed along the same axes at once, and read by nobody else.

    ``(a * a.sum(1)).sum(1)`` is the product of the table and its sums, written out: what each leads to, and how much
    that has. Beside their own rows the sums could have stood behind the second sum, which then were nothing new.
    """
    long = max(met.node.parents, key=lambda ref: len(step.tape.shape(ref)))
    is_scaled = (
        met.node.name in _SCALES and met.made.name in TOTALS and origin(step.tape, long, CONVERTS)[0] == met.source
    )
    if not is_scaled or not {*met.lands.values()} <= {*met.axes}:
        return False
    reached, is_summed = {Ref(met.node.index)}, False
    for index in range(met.node.index + 1, step.last):
        node = step.node(index)
        if reached.isdisjoint(node.parents):
            continue
        if node.name in CONVERTS:
            reached.add(Ref(index))
        elif node.name in TOTALS and reduced_axes(step, node) == met.axes:
            is_summed = True
        else:
            return False
    return is_summed


def _is_weighed_by_its_own(step: Step, met: _Meeting) -> bool:
    """Whether the sums of a table are multiplied with it as they are, and its axes hold the same things.

    They do where it is laid upon its own transpose. Divided by its sums it may be meant to be normalised all the same.
    """
    long, short = sorted(met.node.parents, key=lambda ref: -len(step.tape.shape(ref)))
    is_plain = met.made.name in TOTALS and origin(step.tape, short, CONVERTS)[0].node == met.made.index
    if met.node.name != "mul" or not is_plain or origin(step.tape, long, CONVERTS)[0] != met.source:
        return False
    turned = set[Ref]()
    for index in range(met.source.node + 1, step.last):
        node = step.node(index)
        if node.name in MEETS and met.source in node.parents and not turned.isdisjoint(node.parents):
            return True
        first = node.parents[0] if node.parents else None
        if node.name in TURNS - CONVERTS and first == met.source and _is_turned(step, node, met):
            turned.add(Ref(index))
    return False


def _is_turned(step: Step, node: Node, met: _Meeting) -> bool:
    """Whether a move lays each axis along the one that it is in doubt with."""
    shape = step.tape.shape(met.source)
    try:
        numbers = torch.arange(prod(shape)).reshape(shape)
        swapped = node.function(numbers, *node.args[1:], **node.kwargs)  # type: ignore[misc]
    except Exception:
        return False
    return all(torch.equal(swapped, numbers.transpose(axis, at)) for axis, at in met.lands.items())


def _is_told_by_numbers(step: Step, met: _Meeting) -> bool:
    """Whether it makes a difference, and the axes do not hold the same things."""
    value, left = _value(step, met.source), _value(step, Ref(met.made.index))
    if value is None or left is None or not bool(difference(left, left.flatten()[:1].expand_as(left), 1e-3).any()):
        return False
    return all(bool(difference(value, value.transpose(axis, at), 1e-3).any()) for axis, at in met.lands.items())


def _value(step: Step, ref: Ref) -> Tensor | None:
    tape = step.tape
    if ref in tape.held:
        return tape.held[ref]
    try:
        return replay(tape, ancestors(tape, [ref], step.first if ref.node >= step.first else 0))[ref]
    except Exception:
        # What cannot be run again is not judged.
        return None


def _told(step: Step, alike: list[_Meeting]) -> Sighting:
    met = min(alike, key=lambda one: one.made.index)
    shape, made = step.tape.shape(met.source), met.made
    axis, at = next(iter(met.lands.items()))
    line = met.node.spot.line if met.node.spot is not None else 0
    text = (
        f"{made.name} of {shape} leaves {made.shapes[0]}, and this meets {shape} again in line {line}. Axes are "
        f"aligned from the right: what was made of item k of axis {axis} lies beside item k of axis {at}, of all "
        f"items, since both axes have {shape[axis]}"
    )
    runs: dict[int, Run] = {one.made.index: keeping(one.made, one.axes) for one in alike if _is_plain(step, one)}
    is_run = len(runs) == len(alike) and runs.keys() <= {*step.order}
    is_call = len(runs) == len(alike) and all(one.made.name in REDUCTIONS for one in alike)
    edits = edited(dict.fromkeys(one.made for one in alike)) if is_call else ()
    fix = Fix(
        "keepdim=True" if is_call else "the axes that are gone put back with None",
        edits,
        tried(step, runs) if is_run else "no",
    )
    return sighted("reduced_without_keepdim", made, text, (fix,))


def _is_plain(step: Step, met: _Meeting) -> bool:
    return met.made.parents[0] == met.source


PROBE = Probe(
    "what a reduction leaves meets the items that it was made of",
    reduced_without_keepdim,
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
    # Where samples are mixed by it, that is told.
    turn=Turn.LAST,
)
