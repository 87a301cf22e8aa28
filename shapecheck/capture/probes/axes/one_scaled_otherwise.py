"""Products of two unit vectors of which only one has its length along the axis that is summed over."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.summed import all_returned, products
from shapecheck.capture.instruments.axes.unit_factors import UnitFactor, unit_factor
from shapecheck.capture.instruments.axes.unit_norms import along, is_euclidean, keeps_axis, units
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.findings import Fix


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
    if len(by_ref) < 2:
        return
    told, returned = set[int](), all_returned(tape)
    for product in products(tape, indices):
        left, right = (unit_factor(tape, factor, by_ref, returned) for factor in (product.left, product.right))
        if left is None or right is None or left.is_right == right.is_right:
            continue
        good, bad = (left, right) if left.is_right else (right, left)
        is_same = bool(good.names & bad.names) or (good.is_of_features and bad.is_of_features)
        line = bad.unit.node.spot.line if bad.unit.node.spot is not None else 0
        if is_same and line not in told:
            told.add(line)
            yield _told(step, good, bad)


def _told(step: Step, good: UnitFactor, bad: UnitFactor) -> Sighting:
    shape, unit = step.tape.shape(bad.unit.source), bad.unit
    line = good.unit.node.spot.line if good.unit.node.spot is not None else 0
    text = (
        f"the vectors of {shape} are scaled to length one along axis {unit.axis}, and multiplied along axis {bad.axis} "
        f"with vectors that have length one along that axis (line {line}): what comes out is no cosine, and each "
        f"number in it hangs on what stands elsewhere along axis {unit.axis}"
    )
    new = -1 if bad.axis == len(shape) - 1 else bad.axis
    edits = other_axis(unit.node, new) if keeps_axis(unit.node) else ()
    verified = tried(step, {unit.node.index: along(unit.node, bad.axis)}) if unit.node.index in step.order else "no"
    return sighted("scaled_along_other_axis", unit.node, text, (Fix(f"dim={new}", edits, verified),))


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
