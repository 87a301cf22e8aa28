"""Vectors that are scaled to length one along another axis than the one along which they are multiplied."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shapecheck.capture.instruments.axes.distances_along import distances_along
from shapecheck.capture.instruments.axes.features_axis import features_of
from shapecheck.capture.instruments.axes.summed import Product, all_returned, products
from shapecheck.capture.instruments.axes.unit_factors import UnitFactor, unit_factor
from shapecheck.capture.instruments.axes.unit_norms import along, is_euclidean, units
from shapecheck.capture.instruments.tensors.cut_features import cut_features
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.findings import Fix

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
    measured = [*distances_along(step)]
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
    return cut_features(step, factor.unit.source, factor.axis, factor.unit.axis) is not None


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
