"""Reductions of a tensor that meet that tensor again: along which axes what is left lies there, and whether it may."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.kept_axes import MEETS
from shapecheck.capture.instruments.axes.reductions import REDUCTIONS, reduced_axes, without
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.recording.replay import Run, ancestors, as_it_was, replay
from shapecheck.capture.recording.step import Step, is_attribute
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, CUTS, DISTANCES, PRODUCTS

# What makes of each number another one at its place.
_EACH = (
    MEETS
    | CONVERTS
    | frozenset(
        ["exp", "log", "log1p", "expm1", "abs", "square", "sqrt", "rsqrt", "neg", "reciprocal", "sign", "sigmoid",
         "tanh", "relu", "gelu", "silu", "elu", "leaky_relu", "softplus", "clamp", "clamp_min", "clamp_max", "dropout",
         "nan_to_num", "softmax", "log_softmax", "layer_norm", "lerp", "addcmul", "addcdiv", "round", "floor",
         "binary_cross_entropy", "binary_cross_entropy_with_logits"]
    )
    | DISTANCES
)  # fmt: skip
_ADDS_AXES = CUTS | {"unsqueeze", "diag", "diag_embed", "outer", "ger", "unflatten"}
# What takes some rows of a tensor.
_ROWS = frozenset(["__getitem__", "index_select", "narrow", "split", "chunk"])
_HOPS = 24


@dataclass(frozen=True, slots=True, eq=False)
class Meeting:
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


def meeting(step: Step, node: Node) -> Meeting | None:
    """Where what is left of a tensor lies along other axes than it lay there; None where it does not."""
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
    return Meeting(node, made, source, axes, lands) if lands else None


def is_laid_otherwise(step: Step, made: Node) -> bool:
    """Whether what is left is laid along another axis as well, as the degrees of nodes are along rows and columns."""
    return bool(_laid(step, made))


def is_meant_both_ways(step: Step, node: Node) -> bool:
    """Whether the sums of a table lie along its columns on purpose: its rows and its columns are of the same things.

    They are where the table is its own transpose, and where the sums are laid along its rows as well: each edge of a
    graph is divided by the degrees of both nodes that it joins.
    """
    met = meeting(step, node)
    if met is None:
        return False
    if _are_alike(step, met):
        return True
    laid, shape = _laid(step, met.made), node.shapes[0]
    others = (step.node(index) for index in range(met.made.index + 1, step.last))
    return any(
        one.name in MEETS | PRODUCTS and one.shapes[0] == shape and not laid.isdisjoint(one.parents) for one in others
    )


def held_gradients(step: Step, order: list[int]) -> dict[int, Run]:
    """Numbers for the gradients that parameters hold, which nothing computes again: any, of which no two are alike."""
    held = [node for node in map(step.node, order) if node.name == "grad" and is_attribute(node)]
    drawn = torch.Generator().manual_seed(0)
    return {node.index: as_it_was(torch.randn(node.shapes[0], generator=drawn).to(node.dtypes[0])) for node in held}


def is_told_by_numbers(step: Step, met: Meeting) -> bool:
    """Whether it makes a difference, and the axes do not hold the same things."""
    left = _value(step, Ref(met.made.index))
    if left is None or not bool(difference(left, left.flatten()[:1].expand_as(left), 1e-3).any()):
        return False
    return _value(step, met.source) is not None and not _are_alike(step, met)


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


def _are_alike(step: Step, met: Meeting) -> bool:
    """Whether a table is the same with two axes exchanged that it is in doubt with."""
    value = _value(step, met.source)
    if value is None:
        return False
    return not all(bool(difference(value, value.transpose(*pair), 1e-3).any()) for pair in met.lands.items())


def _laid(step: Step, made: Node) -> set[Ref]:
    """What is left, laid along another axis."""
    reached, found = set(made.outs), set[Ref]()
    for index in range(made.index + 1, step.last):
        node = step.node(index)
        if reached.isdisjoint(node.parents):
            continue
        if node.name in _ADDS_AXES or (node.name == "__getitem__" and len(node.shapes[0]) >= len(made.shapes[0])):
            found.add(Ref(index))
        elif node.name in _EACH and node.shapes[0] == made.shapes[0]:
            reached.add(Ref(index))
    return found


def _value(step: Step, ref: Ref) -> Tensor | None:
    tape = step.tape
    if ref in tape.held:
        return tape.held[ref]
    try:
        order = ancestors(tape, [ref], step.first if ref.node >= step.first else 0)
        return replay(tape, order, instead=held_gradients(step, order))[ref]
    except Exception:
        # What cannot be run again is not judged.
        return None
