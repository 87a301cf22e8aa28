"""Vectors that are scaled to length one along another axis than the one along which they are multiplied."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shapecheck.capture.instruments.axes.features_axis import features_of
from shapecheck.capture.instruments.axes.reductions import one_axis
from shapecheck.capture.instruments.axes.summed import Product, all_returned, products
from shapecheck.capture.instruments.axes.unit_factors import UnitFactor, unit_factor
from shapecheck.capture.instruments.axes.unit_norms import along, is_euclidean, units
from shapecheck.capture.instruments.tensors.cut_features import cut_features
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ARITHMETIC, CUTS, NORMS, SOFTMAXES, SQUARES
from shapecheck.findings import Fix

_ALONG_LAST = frozenset(["cdist", "pairwise_distance", "triplet_margin_loss"])
# What is still one number for each vector, or for each pair of them.
_GOES_ON = ARITHMETIC | CUTS | {"neg", "sqrt", "clamp", "clamp_min", "unsqueeze"}
# What takes each distance for itself: how large one is beside another counts then, not only what they add up to.
_TAKES_EACH = SOFTMAXES | {"relu", "exp", "logsumexp", "min", "amin", "topk", "argmin", "sigmoid", "cross_entropy"}
_HOPS = 8
# What becomes of the vectors, and what that would be if they had length one along the same axis.
_PRODUCTS = ("their products are added up", "cosine")
_DISTANCES = ("the distances between them are measured", "distance of vectors of length one")


def unit_vectors(step: Step) -> Iterator[Sighting]:
    """Products of unit vectors that are no cosines, or distances: they run along another axis than the lengths.

    Both factors must have been scaled, along the axis that the sum leaves; it may be flattened with others by then.
    Products of features with features, over the positions, are meant the other way round: the layers that made the
    factors must say that it is their features that are added up. Only of two different factors that are multiplied
    number by number nothing but that they do not say otherwise is asked.
    """
    # Behind an evaluation there is a step with nothing in it.
    indices = range(step.first if step.first < step.last else step.tape.evaluated_from, step.last)
    by_ref = {unit.ref: unit for unit in units(step.tape, indices) if is_euclidean(unit.node)}
    if not by_ref:
        return
    features, returned = features_of(step.tape, indices), all_returned(step.tape)
    measured = [*_distances_along(step)]
    for product in (*products(step.tape, indices), *measured):
        left, right = (unit_factor(step.tape, side, by_ref, returned) for side in (product.left, product.right))
        if left is None or right is None or left.is_right or right.is_right or left.unit.axis != right.unit.axis:
            continue
        if _are_features(step, product, left, right, features):
            pair = list({factor.unit.ref: factor for factor in (left, right)}.values())
            yield _told(step, pair, _DISTANCES if product in measured else _PRODUCTS)
            return


def _are_features(step: Step, product: Product, left: UnitFactor, right: UnitFactor, features: dict[Ref, int]) -> bool:
    """Whether the axis that is summed over holds the features of both factors."""
    held = [features.get(factor.unit.ref) for factor in (left, right)]
    if held == [left.axis, right.axis] or all(map(partial(_is_cut_into_heads, step), (left, right))):
        return True
    is_last = all(axis == len(step.tape.shape(ref)) - 1 > 1 for ref, axis in (product.left, product.right))
    made = step.node(product.node.parents[0].node).name
    is_of_two = product.node.name == "sum" and made == "mul" and left.unit.ref != right.unit.ref
    return is_of_two and is_last and {*held} <= {None, left.axis} and left.axis == right.axis


def _is_cut_into_heads(step: Step, factor: UnitFactor) -> bool:
    """Whether a layer's features lie along the axis that is summed over, a part of them for each head."""
    return cut_features(step, factor.unit.source, factor.axis, factor.unit.axis, or_heads=True) is not None


def _told(step: Step, found: list[UnitFactor], words: tuple[str, str]) -> Sighting:
    first, new = found[0].unit, found[0].axis
    shape = step.tape.shape(first.source)
    does, result = words
    text = (
        f"the vectors of {shape} are scaled to length one along axis {first.axis}, and {does} along axis {new}: what "
        f"comes out is no {result}, and each number in it hangs on what stands elsewhere along axis {first.axis}"
    )
    # One call may have scaled both, in a comprehension or a function.
    calls = [*{str(factor.unit.node.spot and factor.unit.node.spot.span): factor for factor in found}.values()]
    edits = [other_axis(factor.unit.node, new if new < len(shape) - 1 else -1) for factor in calls]
    lines = [edit[0].line for edit in edits if edit]
    is_whole = len(set(lines)) == len(calls)
    is_run = all(factor.unit.node.index in step.order for factor in found)
    runs: dict[int, Run] = {factor.unit.node.index: along(factor.unit.node, factor.axis) for factor in found}
    verified = tried(step, runs) if is_run else "no"
    fix = Fix(f"dim={new}", tuple(e for edit in edits for e in edit) if is_whole else (), verified)
    return sighted("scaled_along_other_axis", first.node, text, (fix,))


def _distances_along(step: Step) -> Iterator[Product]:
    """The distances that a loss is made of, each vector of which is told from others by its own distance.

    Squares that are only added up are the same number along whichever axis that is begun.
    """
    for node in step.of_loss:
        if node.name in _ALONG_LAST and len(node.parents) > 1:
            left, right = node.parents[:2]
            last, other = len(step.tape.shape(left)) - 1, len(step.tape.shape(right)) - 1
            if min(last, other) > 0:
                yield Product(node, (left, last), (right, other))
            continue
        gap = _gap(step, node)
        if gap is None or len(gap.parents) != 2:
            continue
        left, right = gap.parents
        ndim = len(gap.shapes[0])
        axis = axis_of(node, ndim) if node.name == "sum" else one_axis(node.argument(2, "dim", "axis"), ndim)
        if axis is not None and len(step.tape.shape(left)) == len(step.tape.shape(right)) == ndim:
            yield Product(node, (left, axis), (right, axis))


def _gap(step: Step, node: Node) -> Node | None:
    """What lies between two tensors, of which a node adds up the squares, or measures the length."""
    made = step.node(node.parents[0].node) if node.parents else None
    if made is None or made.function is None:
        return None
    if node.name in NORMS:
        return made if made.name == "sub" else None
    if node.name != "sum" or made.name not in SQUARES or len({*made.parents}) != 1 or not _is_taken_each(step, node):
        return None
    gap = step.node(made.parents[0].node)
    return gap if gap.name == "sub" else None


def _is_taken_each(step: Step, node: Node) -> bool:
    here = [node]
    for _ in range(_HOPS):
        behind = [reader for one in here for reader in step.readers(one, to_loss=True)]
        if any(reader.name in _TAKES_EACH for reader in behind):
            return True
        here = [reader for reader in behind if reader.name in _GOES_ON]
    return False


PROBE = Probe(
    "unit vectors are multiplied along the axis that has their length",
    lambda look: unit_vectors(look.step),
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
    of_collected=True,
    # Along the samples it is more: they are mixed.
    turn=Turn.LAST,
)
