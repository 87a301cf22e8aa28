"""Attention weights that sum to one along another axis than the one that is summed over with them."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.alternatives import axis_of
from shapecheck.capture.instruments.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import SOFTMAXES
from shapecheck.findings import Fix

_PRODUCTS = frozenset(["matmul", "bmm", "__matmul__", "einsum", "baddbmm"])
_SCALES = frozenset(
    ["div", "__truediv__", "mul", "__mul__", "masked_fill", "masked_fill_", "add", "__add__", "sub", "contiguous"]
)
_KEEPS = frozenset(["dropout", "contiguous", "to", "float"])
_HOPS = 6


def weighed(step: Step) -> Iterator[Sighting]:
    """A softmax of products of queries and keys, with which values are summed along an axis that it did not share out.

    Assignments that are meant to compete the other way round (slots, clusters, capsules) come from a layer, are divided
    once more, or are used along both axes: these are left alone.
    """
    for index in step.order:
        node = step.node(index)
        if node.name != "softmax" or index not in step.to_loss:
            continue
        scores = node.parents[0]
        shape = step.tape.shape(scores)
        along = axis_of(node, len(shape))
        if along is None or len(shape) < 3 or not _is_product(step, scores) or _shares_twice(step, node):
            continue
        summed = _summed_axis(step, node)
        if summed is None or summed == along or shape[summed] < 2 or shape[along] < 2:
            continue
        text = (
            f"the weights {shape} sum to one along axis {along}; what they weigh is added up along axis {summed}, "
            "where their sum is any number"
        )
        fix = Fix(f"dim={summed}", other_axis(node, summed), "no")
        yield sighted("weights_along_other_axis", node, text, (fix,))
        return


def _is_product(step: Step, ref: Ref) -> bool:
    """Whether the scores are products of two tensors that are made of the input, at most scaled and masked."""
    for _ in range(_HOPS):
        node = step.node(ref.node)
        learned = [parent for parent in node.parents if parent in step.learned]
        if node.name in _PRODUCTS:
            return len(learned) >= 2 and all(step.node(parent.node).kind != "parameter" for parent in learned)
        if node.name not in _SCALES or len(learned) != 1:
            return False
        ref = learned[0]
    return False


def _shares_twice(step: Step, node: Node) -> bool:
    """Whether the same scores are shared out along another axis as well."""
    others = [step.node(index) for index in step.order if index != node.index]
    return any(
        other.name in SOFTMAXES and _origin(step, other.parents[0]) == _origin(step, node.parents[0])
        for other in others
    )


def _origin(step: Step, ref: Ref) -> Ref:
    for _ in range(_HOPS):
        node = step.node(ref.node)
        if node.name not in _SCALES | {"transpose", "permute", "mT", "t"} or not node.parents:
            return ref
        ref = node.parents[0]
    return ref


def _summed_axis(step: Step, node: Node) -> int | None:
    """The axis of the weights that their only reader sums over; None if they go anywhere else."""
    weights = Ref(node.index)
    for _ in range(_HOPS):
        readers = [step.node(index) for index in step.order if weights in step.node(index).parents]
        if len(readers) != 1:
            return None
        reader = readers[0]
        if reader.name not in _KEEPS:
            break
        weights = Ref(reader.index)
    else:
        return None
    ndim = len(step.tape.shape(weights))
    if reader.name == "einsum":
        return _summed_by(reader, weights)
    if reader.name not in ("matmul", "bmm", "__matmul__") or len(reader.parents) != 2:
        return None
    left, right = reader.parents
    if left == right or len(step.tape.shape(left)) != len(step.tape.shape(right)):
        return None
    return ndim - 1 if left == weights else ndim - 2


def _summed_by(node: Node, weights: Ref) -> int | None:
    equation = node.args[0] if node.args else None
    if not isinstance(equation, str) or "->" not in equation or "." in equation:
        return None
    given, out = equation.replace(" ", "").split("->")
    operands = given.split(",")
    if len(operands) != len(node.parents) or len(operands) != 2:
        return None
    letters = operands[node.parents.index(weights)]
    summed = [at for at, letter in enumerate(letters) if letter not in out]
    return summed[0] if len(summed) == 1 else None


PROBE = Probe(
    "weights sum to one along the axis that is summed over",
    lambda look: weighed(look.step),
)
