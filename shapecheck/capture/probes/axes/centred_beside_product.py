"""Covariances of numbers that were centred along another axis than the one along which their products are added up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shapecheck.capture.instruments.axes.added_to_each import is_divided_by
from shapecheck.capture.instruments.axes.centred import MEANS, Statistic, statistic_of
from shapecheck.capture.instruments.axes.reductions import along, edited
from shapecheck.capture.instruments.axes.summed import Axis, Product, products, way_up
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.alternatives import with_axis
from shapecheck.capture.instruments.trials.edits import all_apart
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import CONVERTS, DEVIATIONS, TURNS
from shapecheck.findings import Edit, Fix

_MOVES = CONVERTS | TURNS
_NEAR = 4


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """A factor that was centred.

    Args:
        statistics: The mean that was taken off it, and the deviation that it was divided by.
        axis: The axis along which it is summed over, where it was centred.
    """

    statistics: tuple[Statistic, ...]
    axis: int


def centred_beside_products(look: Look) -> Iterator[Sighting]:
    """``x = x - x.mean(1, keepdim=True); x.T @ x / (len(x) - 1)``.

    That the products are divided by how many there are, or by one less, says that a covariance is asked for: it
    measures from the mean along the axis that is summed over. What is only multiplied may be centred along any axis, as
    it is where the rows of what the columns were centred in are held against each other.
    """
    step = look.step
    for product in products(step.tape, range(step.first, step.last)):
        left, right = (_side(step, axis) for axis in (product.left, product.right))
        if left is None or right is None:
            continue
        sides = (left, right)
        shapes = {step.tape.shape(side.statistics[0].source) for side in sides}
        if len(shapes) != 1 or any(side.statistics[0].axes == (side.axis,) for side in sides):
            continue
        shape = shapes.pop()
        if len(shape) != 2 or left.axis != right.axis:
            continue
        # Rows of which the columns were centred may be held against each other, each by the mean of its products.
        if _is_averaged(step, product, shape, left.axis, by_one_less=left.axis == 1):
            yield _told(step, product, sides, shape)
            return
        if _are_two_views(sides) and _is_averaged(step, product, shape, 1 - left.axis):
            yield _told_of_turn(step, product, sides, shape)
            return


def _side(step: Step, axis: Axis) -> _Side | None:
    """How a factor was centred, and scaled at most, along one axis of the same tensor."""
    ref, node = origin(step.tape, axis[0], _MOVES, first=step.first)
    at = next((place for made, place in way_up(step.tape, axis) if made == ref), None)
    is_scaled = node.name == "div" and len(node.parents) == 2
    centred = origin(step.tape, node.parents[0], CONVERTS)[1] if is_scaled else node
    if at is None or centred.name != "sub" or len(centred.parents) != 2:
        return None
    for values, mean in (centred.parents, centred.parents[::-1]):
        centre = statistic_of(step, mean, MEANS)
        if centre is None or centre.source != origin(step.tape, values, CONVERTS)[0] or len(centre.axes) != 1:
            continue
        scale = statistic_of(step, node.parents[1], DEVIATIONS) if is_scaled else None
        if is_scaled and (scale is None or scale.axes != centre.axes):
            return None
        return _Side((centre,) if scale is None else (centre, scale), at)
    return None


def _is_averaged(step: Step, product: Product, shape: tuple[int, ...], axis: int, *, by_one_less: bool = False) -> bool:
    """Whether the products are divided by how many are added up, or by one less, and not by another size."""
    reached, counts = product.node.ref, {shape[axis] - 1} | (set() if by_one_less else {shape[axis]})
    if {*counts, shape[axis]} & {shape[1 - axis], shape[1 - axis] - 1}:
        return False
    for _ in range(_NEAR):
        after = step.readers(reached)
        if any(is_divided_by(node, counts) for node in after):
            return True
        if len(after) != 1 or after[0].name not in _MOVES:
            return False
        reached = after[0].ref
    return False


def _are_two_views(sides: tuple[_Side, _Side]) -> bool:
    """Whether two tensors were each brought to mean zero and deviation one.

    The products of one centred tensor with itself, item by item, divided by their number, tell as much as its
    covariance does.
    """
    return all(len(side.statistics) == 2 for side in sides) and len({side.statistics[0].source for side in sides}) == 2


def _told_of_turn(step: Step, product: Product, sides: tuple[_Side, _Side], shape: tuple[int, ...]) -> Sighting:
    axis = sides[0].axis
    text = (
        f"two tensors {shape} were standardised along axis {1 - axis}, and their products are divided by the number of "
        f"items there; they are added up along axis {axis}, so that what comes out is {product.node.shapes[0]} and "
        f"holds no correlations of the {shape[axis]} items"
    )
    fix = Fix(f"the product along axis {1 - axis}: a.t() @ b", (), "no")
    return sighted("centred_beside_product", product.node, text, (fix,))


def _told(step: Step, product: Product, sides: tuple[_Side, _Side], shape: tuple[int, ...]) -> Sighting:
    nodes = {one.node.index: one.node for side in sides for one in side.statistics}
    first, axis = nodes[min(nodes)], sides[0].axis
    line = f" in line {product.node.spot.span.line}" if product.node.spot is not None else ""
    text = (
        f"{shape} is centred by its {first.name} along axis {sides[0].statistics[0].axes[0]}, and its products are "
        f"added up along axis {axis}{line} and divided by their number: for a covariance the mean along axis {axis} is "
        "taken off"
    )
    runs = {index: _run(step, node, axis) for index, node in nodes.items()}
    fix = Fix(f"dim={axis}", _edits(step, list(nodes.values()), axis), tried(step, runs))
    return sighted("centred_beside_product", first, text, (fix,), tuple(nodes.values())[1:])


def _run(step: Step, node: Node, axis: int) -> Run:
    return along(node, axis) if _keeps(step, node) else with_axis(node, axis)


def _keeps(step: Step, node: Node) -> bool:
    return len(node.shapes[0]) == len(step.tape.shape(node.parents[0]))


def _edits(step: Step, nodes: list[Node], axis: int) -> tuple[Edit, ...]:
    each: dict[Any, Node] = {node.spot.span: node for node in nodes if node.spot is not None}
    if told := all_apart([other_axis(node, axis) for node in each.values()]):
        return told
    return edited(dict.fromkeys(each.values(), axis)) if all(_keeps(step, node) for node in nodes) else ()


PROBE = Probe(
    "a covariance is that of numbers centred along the axis that it is summed over",
    centred_beside_products,
    needs_no_run=True,
    in_evaluation=True,
    turn=Turn.LAST,
)
