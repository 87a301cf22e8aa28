"""Products of two unit vectors of which only one has its length along the axis that is summed over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.instruments.axes.summed import Product, all_returned, products
from shapecheck.capture.instruments.axes.unit_factors import UnitFactor, unit_factor
from shapecheck.capture.instruments.axes.unit_norms import along, is_euclidean, keeps_axis, units, units_in_parameters
from shapecheck.capture.instruments.trials.axis_told import place_told
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.findings import Fix

# What is left of a length of one behind a file or another kind of number.
_NEAR = 1e-3


def one_scaled_otherwise(step: Step) -> Iterator[Sighting]:
    """``normalize(queries, dim=-1) @ (keys / keys.norm(dim=1, keepdim=True)).flatten(0, 1).t()``.

    Whoever scales one side along the axis that is summed over wants cosines. That the axis is the same one on both
    sides is known where it comes from one place of the script or one output of a model, or where layers made it for
    their features on both sides.
    """
    tape = step.tape
    # Behind an evaluation there is a step with nothing in it.
    indices = range(step.first if step.first < step.last else tape.evaluated_from, step.last)
    by_ref = {unit.ref: unit for unit in units(tape, indices) if is_euclidean(unit.node)}
    by_ref |= {unit.ref: unit for unit in units_in_parameters(tape, by_ref)}
    if not by_ref:
        return
    told, returned = set[int](), all_returned(tape)
    for product in products(tape, indices):
        left, right = (unit_factor(tape, factor, by_ref, returned) for factor in (product.left, product.right))
        if left is None or right is None:
            one = left or right
            if one is not None and not one.is_right and _is_of_unit_data(step, product, one):
                yield _told_of_data(step, product, one)
                return
            continue
        if left.is_right == right.is_right:
            continue
        good, bad = (left, right) if left.is_right else (right, left)
        is_same = bool(good.names & bad.names) or (good.is_of_features and bad.is_of_features)
        line = bad.unit.node.spot.line if bad.unit.node.spot is not None else 0
        if is_same and line not in told:
            told.add(line)
            yield _told(step, good, bad)


def _is_of_unit_data(step: Step, product: Product, one: UnitFactor) -> bool:
    """Whether the other factor is data of which all vectors along the axis that is summed over have length one.

    They meet number by number, so the axis is the same one.
    """
    other = next((axis for axis in (product.left, product.right) if axis[0] not in step.learned), None)
    made = step.node(product.node.parents[0].node).name if product.node.parents else ""
    value = step.known(other[0]) if other is not None and made == "mul" and one.unit.ref in step.learned else None
    if other is None or value is None or not value.is_floating_point() or value.shape[other[1]] < 2:
        return False
    lengths = value.norm(dim=other[1])
    return value.ndim > 1 and lengths.numel() > 1 and bool(((lengths - 1).abs() < _NEAR).all())


def _told_of_data(step: Step, product: Product, bad: UnitFactor) -> Sighting:
    words = f"data that have length one along that axis (summed up in line {_line(product.node)})"
    return _sighted(step, bad, words)


def _told(step: Step, good: UnitFactor, bad: UnitFactor) -> Sighting:
    return _sighted(step, bad, f"vectors that have length one along that axis (line {_line(good.unit.node)})")


def _line(node: Node) -> int:
    return node.spot.line if node.spot is not None else 0


def _sighted(step: Step, bad: UnitFactor, others: str) -> Sighting:
    shape, unit = step.tape.shape(bad.unit.source), bad.unit
    text = (
        f"the vectors of {shape} are scaled to length one along axis {unit.axis}, and multiplied along axis {bad.axis} "
        f"with {others}: what comes out is no cosine, and each "
        f"number in it hangs on what stands elsewhere along axis {unit.axis}"
    )
    new = -1 if bad.axis == len(shape) - 1 else bad.axis
    edits = other_axis(unit.node, new) if keeps_axis(unit.node) else ()
    verified = tried(step, {unit.node.index: along(unit.node, bad.axis)}) if unit.node.index in step.order else "no"
    seen = sighted("scaled_along_other_axis", unit.node, text, (Fix(f"dim={new}", edits, verified),))
    return replace(seen, span=place_told(unit.node, edits))


PROBE = Probe(
    "both factors of a cosine have length one along the axis that is summed over",
    lambda look: one_scaled_otherwise(look.step),
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
    of_collected=True,
    # Along the samples it is more: they are mixed.
    turn=Turn.LAST,
)
