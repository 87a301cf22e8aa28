"""Heads that were cut out of the features of what is scored: each weighs vectors of its own."""

from __future__ import annotations

from shapecheck.capture.instruments.axes.contracted import Contraction
from shapecheck.capture.instruments.axes.features_axis import axis_kept
from shapecheck.capture.instruments.rows.pair_tables import is_made_of_inputs
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS, REARRANGES

_CUTS = CUTS | {"unflatten"}
_HOPS = 24


def weighs_own_heads(step: Step, weights: Node, along: int, summed: Contraction) -> bool:
    """Whether an axis of weights counts the heads of what they weigh, which is also what they were made of.

    The features of a tensor were cut into as many heads, and the scores are those of that very tensor, by layers or by
    learned queries alone. Whatever else shares out along such an axis has items there that are made for it: experts,
    clusters, capsules that vote.

    Args:
        step: The step.
        weights: The softmax.
        along: The axis of it along which it shares out.
        summed: What is added up with it.
    """
    product = summed.node if summed.node.name != "sum" else step.node(summed.node.parents[0].node)
    values = [ref for ref in product.parents if weights.index not in ancestors(step.tape, [ref], step.first)]
    if len(values) != 1 or len(product.parents) != 2 or along not in summed.places:
        return False
    place, other = (_in_values(step, product, values[0], summed, axis) for axis in (along, summed.axis))
    whole = _cut_from(step, values[0], place) if place is not None and other is not None else None
    return whole is not None and _is_scored(step, weights.parents[0], whole)


def _in_values(step: Step, product: Node, values: Ref, summed: Contraction, axis: int | None) -> int | None:
    """Where an axis of the weights lies in what they weigh."""
    if axis not in summed.places:
        return None
    ndim = len(step.tape.shape(values))
    at = summed.places.index(axis) - len(summed.places)
    if product.name == "einsum":
        given = product.args[0].replace(" ", "").split("->")[0].split(",")
        letters = given[product.parents.index(values)]
        mine = summed.letters[0] if summed.letters is not None else ""
        found = letters.find(mine[at]) if "." not in letters and -at <= len(mine) else -1
        return found if found >= 0 else None
    if summed.side is not None and axis == summed.axis:
        # A product of matrices adds up along the last axis of the left one, and the last but one of the right one.
        return ndim - 1 - (1 - summed.side)
    return ndim + at if ndim + at >= 0 else None


def _cut_from(step: Step, values: Ref, place: int) -> Ref | None:
    """The tensor whose features were cut so that an axis counts the heads, if it was."""
    way = list(backwards(step.tape, values, REARRANGES, _HOPS, first=step.first))
    for at, (_, node) in enumerate(way):
        source = node.parents[0] if node.parents else None
        if node.name not in _CUTS or source is None:
            continue
        sizes, before = node.shapes[0], step.tape.shape(source)
        heads = len(sizes) - 2
        if len(sizes) != len(before) + 1 or sizes[:-2] != before[:-1] or min(sizes[-2:]) < 2:
            continue
        axis: int | None = heads
        ref = way[at][0]
        for later, other in reversed(way[:at]):
            axis = axis_kept(step.tape, other, ref, axis) if axis is not None else None
            ref = later
        return source if axis == place else None
    return None


def _is_scored(step: Step, scores: Ref, whole: Ref) -> bool:
    """Whether scores were made of a tensor and of what is learned, and of nothing else of the input."""
    ref, is_learned = scores, False
    for _ in range(_HOPS):
        if ref == whole:
            return is_learned
        node = step.node(ref.node)
        if step.is_leaf(ref) or not node.parents:
            return False
        made = {parent for parent in node.parents if parent in step.learned and is_made_of_inputs(step, parent)}
        if len(made) != 1:
            return False
        is_learned |= any(parent in step.learned and parent not in made for parent in node.parents)
        ref = made.pop()
    return False
