"""Two tensors that are multiplied, both centred, of which one is brought to deviation one and the other is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.instruments.axes.centred import MEANS, Statistic, centre_of, statistic_of
from shapecheck.capture.instruments.axes.summed import products
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, DEVIATIONS, TURNS
from shapecheck.findings import Fix


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    node: Node
    centre: Statistic
    scale: Statistic | None


def one_side_scaled(look: Look) -> Iterator[Sighting]:
    """``(a - a.mean(0)) / a.std(0)`` and ``b - b.mean(0)``, of which the products are to be correlations.

    Whoever divides one side by its deviation wants correlations. That both sides are of one kind is known where the
    same layer of the script made them. Deviations that are divided by other counts are as little alike.
    """
    step = look.step
    for product in products(step.tape, range(step.first, step.last)):
        sides = [_side(step, ref) for ref, _ in (product.left, product.right)]
        one, other = sides
        if one is None or other is None or one.centre.axes != other.centre.axes or one.node is other.node:
            continue
        if not _are_alike(step, *(step.node(side.centre.source.node) for side in (one, other))):
            continue
        seen = _seen(step, one, other)
        if seen is not None:
            yield seen
            return


def _are_alike(step: Step, one: Node, other: Node) -> bool:
    """Whether one layer made both, or a copy of it did at the same place of the script."""
    held = [{ref for ref in node.parents if step.node(ref.node).kind == "parameter"} for node in (one, other)]
    return one.repeats(other) or bool(held[0] and held[0] == held[1])


def _side(step: Step, ref: Ref) -> _Side | None:
    """How a factor was centred, and by what it was scaled, both along the same axes of the same tensor."""
    _, node = origin(step.tape, ref, CONVERTS | TURNS, first=step.first)
    is_scaled = node.name == "div" and len(node.parents) == 2
    made = origin(step.tape, node.parents[0], CONVERTS)[1] if is_scaled else node
    centre = centre_of(step, made, MEANS)
    scale = statistic_of(step, node.parents[1], DEVIATIONS) if is_scaled else None
    if centre is None or node.spot is None or (is_scaled and scale is None):
        return None
    # The deviation may be that of the numbers before they were centred, or behind.
    is_own = scale is None or scale.source in (centre.source, made.ref)
    return _Side(node, centre, scale) if is_own and (scale is None or scale.axes == centre.axes) else None


def _seen(step: Step, one: _Side, other: _Side) -> Sighting | None:
    shape = step.tape.shape(one.centre.source)
    if (one.scale is None) != (other.scale is None):
        plain, scaled = (one, other) if one.scale is None else (other, one)
        line = scaled.node.spot.line if scaled.node.spot is not None else 0
        text = (
            f"{shape} is centred and not scaled, and multiplied with what the same layer made and was scaled to "
            f"deviation one as well (line {line}): the products are no correlations, and grow with the one side"
        )
        name = scaled.scale.node.name if scaled.scale is not None else "std"
        return sighted("one_side_scaled", plain.node, text, (Fix(f"divided by its {name} too", (), "no"),))
    if one.scale is None or other.scale is None or one.scale.node.name != other.scale.node.name:
        return None
    if _correction(one.scale.node) == _correction(other.scale.node):
        return None
    late = max((one.scale.node, other.scale.node), key=lambda node: node.index)
    text = (
        f"the deviation of one side of a product of {shape} is divided by the count, that of the other by one less: "
        "both are to be brought to the same size"
    )
    return sighted("one_side_scaled", late, text, (Fix("unbiased=False for both, or for none", (), "no"),))


def _correction(node: Node) -> object:
    given = node.kwargs.get("correction", node.kwargs.get("unbiased"))
    if given is None:
        given = next((item for item in node.args[1:] if isinstance(item, bool)), True)
    return int(given) if isinstance(given, int) else given


PROBE = Probe(
    "both sides of a correlation are scaled alike",
    one_side_scaled,
    in_evaluation=True,
    turn=Turn.LAST,
)
