"""Attention weights that sum to one along another axis than the one that is summed over with them."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from shapecheck.capture.instruments.axes.contracted import Contraction, contraction
from shapecheck.capture.instruments.axes.handed_out import is_handed_out
from shapecheck.capture.instruments.axes.scored_heads import weighs_own_heads
from shapecheck.capture.instruments.rows.pair_tables import is_made_of_inputs, is_pair_table
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.makers import maker
from shapecheck.capture.instruments.trials.alternatives import axis_of, with_axis
from shapecheck.capture.instruments.trials.separation import probe, separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import COPIES, POOLS, SAME_NUMBERS, SOFTMAXES, TURNS
from shapecheck.findings import Fix

_PRODUCTS = frozenset(["matmul", "bmm", "einsum", "baddbmm", "mm"])
_SCALES = frozenset(["div", "mul", "masked_fill", "add", "sub", "contiguous"])
_MOVES = frozenset(["squeeze", "unsqueeze", "transpose", "permute", "view", "flatten", "tanh", "where", "reshape"])
_REDUCES = POOLS | {"logsumexp"}
# How many axes the maps have that they make.
_MAPS = {"conv2d": 4, "conv_transpose2d": 4, "conv3d": 5, "conv_transpose3d": 5}
_HOPS = 6


def weighed(look: Look) -> Iterator[Sighting]:
    """A softmax of what pairs of items say, with which values are summed along an axis that it did not share out.

    Assignments that are meant to compete the other way round (slots, clusters, capsules) come from a layer, or hold
    items against what is learned, are divided once more, or are used along both axes: these are left alone, as long as
    it is not the samples that compete, nor the heads into which the items themselves were cut, nor one row of a map.
    """
    step = look.step
    for node in step.of_loss:
        if node.name not in ("softmax", "gumbel_softmax"):
            continue
        shape = step.tape.shape(node.parents[0])
        along = axis_of(node, len(shape))
        if along is None or len(shape) < 2 or shape[along] < 2 or _shares_twice(step, node):
            continue
        summed = contraction(step, node)
        if summed is None:
            continue
        seen = _of_entries(step, node, along, summed)
        if seen is None and node.name == "softmax":
            seen = _beside(look, node, along, summed) or _over_features(step, node, along, summed)
        if seen is not None:
            yield seen
            return


def _beside(look: Look, node: Node, along: int, summed: Contraction) -> Sighting | None:
    """The values are added up along another axis of the weights."""
    step = look.step
    scores, axis = node.parents[0], summed.axis
    shape = step.tape.shape(scores)
    if axis is None or axis == along or shape[axis] < 2:
        return None
    if not _is_product(step, scores, along) and not is_pair_table(step, scores, along, axis):
        seen = _among_samples(look, node, along, axis) or _among_heads(step, node, along, summed)
        return seen or _among_maps(step, node, along, summed)
    if len(shape) == 2 and shape[0] != shape[1]:
        return None
    text = (
        f"the weights {shape} sum to one along axis {along}; what they weigh is added up along axis {axis}, "
        "where their sum is any number"
    )
    if along == len(shape) - 1:
        return sighted("weights_along_other_axis", summed.node, text, (summed.fix(step, along),))
    fix = Fix(f"dim={axis}", other_axis(node, axis), "no")
    return sighted("weights_along_other_axis", node, text, (fix,))


def _among_samples(look: Look, node: Node, along: int, axis: int) -> Sighting | None:
    """Weights of any make that the samples share out, each of which is to weigh what belongs to itself.

    Among many samples that is too little for a loss to show: in the weights themselves it is seen.
    """
    step, scores = look.step, node.parents[0]
    run = with_axis(node, axis)
    for way in look.seen:
        held = look.batch_axes.get(way.source, way.apart[0] if len(way.apart) == 1 else None)
        if held is None or held not in way.apart:
            continue
        moves = way.moves[held]
        if separate_axes(moves.masks(scores)) != [along] or moves.is_separate(node.ref):
            continue
        try:
            is_kept = probe(step, way.source, held, {node.index: run}).is_separate(node.ref)
        except Exception:
            # It does not fit, so it was not meant.
            continue
        if is_kept:
            shape = step.tape.shape(scores)
            text = (
                f"axis {along} of the weights {shape} counts the samples, and along it they sum to one; what they "
                f"weigh is added up along axis {axis}, for each sample by itself"
            )
            fix = Fix(f"dim={axis}", other_axis(node, axis), "call", "each sample keeps to itself")
            return sighted("weights_along_other_axis", node, text, (fix,))
    return None


def _among_heads(step: Step, node: Node, along: int, summed: Contraction) -> Sighting | None:
    """Weights that the heads share out, each of which is to weigh the items with its own part of their features.

    A gate may well share out the heads of each item, and a sum over the items stand behind it, or a mean. What is then
    multiplied with each of the items, as it is, was meant to be one like them: a mean of them.
    """
    shape, axis = step.tape.shape(node.parents[0]), summed.axis
    assert axis is not None
    if not _meets_items(step, summed.node, shape[axis]) or not weighs_own_heads(step, node, along, summed):
        return None
    text = (
        f"axis {along} of the weights {shape} counts the {shape[along]} heads into which what they weigh was cut, and "
        f"along it they sum to one; each head adds up the {shape[axis]} items of axis {axis}, along which the sum of "
        "its weights is any number"
    )
    return _along(step, node, axis, text)


def _among_maps(step: Step, node: Node, along: int, summed: Contraction) -> Sighting | None:
    """Weights of places that the maps share out, where each map adds up the places, to be handed out again."""
    shape, axis = step.tape.shape(node.parents[0]), summed.axis
    assert axis is not None
    if not is_handed_out(step, node, along, summed):
        return None
    text = (
        f"each of the {shape[along]} maps of the weights {shape} adds up the {shape[axis]} places of axis {axis}, and "
        f"other weights hand out what comes of it; along axis {along}, over the maps, these weights sum to one, and "
        "over the places their sum is any number"
    )
    return _along(step, node, axis, text)


def _along(step: Step, node: Node, axis: int, text: str) -> Sighting:
    """The weights that were seen, with the axis that they should sum to one along, as far as it runs."""
    fix = Fix(f"dim={axis}", other_axis(node, axis), tried(step, {node.index: with_axis(node, axis)}))
    return sighted("weights_along_other_axis", node, text, (fix,))


def _meets_items(step: Step, pooled: Node, count: int) -> bool:
    """Whether a sum of items is multiplied with each of as many, with nothing else done to it before."""
    reached, whole = {pooled.ref}, count * torch.Size(pooled.shapes[0]).numel()
    for at in descendants(step.tape, reached, sorted(step.to_loss)):
        node = step.node(at)
        if node.name in SAME_NUMBERS | COPIES and node.parents[0] in reached:
            reached.add(Ref(at))
        elif node.name == "mul" and len(node.parents) == 2 and any(parent in reached for parent in node.parents):
            others = [step.tape.shape(parent) for parent in node.parents if parent not in reached]
            if any(count in shape[:-1] and torch.Size(shape).numel() == whole for shape in others):
                return True
    return False


def _of_entries(step: Step, node: Node, along: int, summed: Contraction) -> Sighting | None:
    """Weights of the entries of a learned table that share out a row of a map, where each place was to mix entries.

    A convolution scores the entries, its channels, at each place of the map. An entry may well look for its place, but
    among all places: a softmax along one axis of a map looks for one in every row.
    """
    shape, made = step.tape.shape(node.parents[0]), maker(step, node.parents[0])
    if made is None or made.name not in _MAPS or len(shape) != _MAPS[made.name] or summed.axis != 1 or along < 2:
        return None
    tables = [origin(step.tape, parent, TURNS)[0] for parent in summed.node.parents]
    if not any(step.node(ref.node).kind == "parameter" and shape[1] in step.tape.shape(ref) for ref in tables):
        return None
    text = (
        f"each place of the map {shape} has scores of the {shape[1]} entries of a table, along axis 1, and what is "
        f"taken of the entries is added up there; the weights sum to one along axis {along}, over a row of places"
    )
    fix = Fix("dim=1", other_axis(node, 1), tried(step, {node.index: with_axis(node, 1)}))
    return sighted("weights_along_other_axis", node, text, (fix,))


def _over_features(step: Step, node: Node, along: int, summed: Contraction) -> Sighting | None:
    """The values are added up along an axis that the weights do not have, and the weighed items are left apart.

    ``(features * alpha).sum(dim=2)`` is the sum of all features of an item times its weight. It goes for the mean of
    the items only where there are as many items as features.
    """
    shape = step.tape.shape(node.parents[0])
    if summed.axis is not None or summed.size != shape[along] or not _is_score(step, node.parents[0]):
        return None
    if any(reader.name in _REDUCES for reader in step.readers(summed.node)):
        return None
    fix = summed.fix(step, along)
    if fix.verified == "no":
        return None
    text = (
        f"the weights {shape} sum to one along axis {along}, and are the same for all {summed.size} numbers that are "
        f"added up: that is one number for each of the {shape[along]} items, and no mean of them"
    )
    return sighted("weights_along_other_axis", summed.node, text, (fix,))


def _is_score(step: Step, ref: Ref) -> bool:
    """Whether there is one score for each item: by a layer with one output, or by a product with a query."""
    for _ in range(2 * _HOPS):
        node = step.node(ref.node)
        learned = [parent for parent in node.parents if parent in step.learned]
        if node.name in ("linear", "conv1d", "conv2d") and len(node.parents) > 1:
            return step.tape.shape(node.parents[1])[0] == 1
        if node.name in _PRODUCTS:
            return any(parent != ref for parent in learned)
        if node.name == "sum" and node.parents:
            return step.node(node.parents[0].node).name == "mul"
        if node.name not in _SCALES | _MOVES or len(learned) != 1:
            return False
        ref = learned[0]
    return False


def _is_product(step: Step, ref: Ref, along: int) -> bool:
    """Whether the scores are products of two tensors, at most scaled and masked, that are made of the input.

    Items that are held against what is learned may compete for it. But along an axis that both tensors have, such as
    that of the heads, the scores say nothing of each other.
    """
    for _ in range(_HOPS):
        node = step.node(ref.node)
        learned = [parent for parent in node.parents if parent in step.learned]
        if node.name in _PRODUCTS:
            made = [is_made_of_inputs(step, parent) for parent in learned]
            return len(learned) >= 2 and (all(made) or (any(made) and _is_of_both(step, node, along)))
        if node.name not in _SCALES or len(learned) != 1:
            return False
        ref = learned[0]
    return False


def _is_of_both(step: Step, node: Node, along: int) -> bool:
    """Whether an axis of a product is one of both its factors."""
    if node.name != "einsum":
        shapes = [step.tape.shape(parent) for parent in node.parents[:2]]
        ndim = len(node.shapes[0])
        return along < ndim - 2 and all(len(shape) == ndim and shape[along] > 1 for shape in shapes)
    equation = node.args[0] if node.args else None
    if not isinstance(equation, str) or "->" not in equation or "." in equation:
        return False
    given, out = equation.replace(" ", "").split("->")
    return all(out[along] in letters for letters in given.split(","))


def _shares_twice(step: Step, node: Node) -> bool:
    """Whether the same scores are shared out along another axis as well."""
    through = _SCALES | {"transpose", "permute", "mT", "t"}
    scores = origin(step.tape, node.parents[0], through)
    others = (other for other in step.nodes if other.index != node.index)
    return any(other.name in SOFTMAXES and origin(step.tape, other.parents[0], through) == scores for other in others)


PROBE = Probe(
    "weights sum to one along the axis that is summed over",
    weighed,
)
