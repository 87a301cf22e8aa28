"""Weights that are divided by their sum, and were scores of both signs: the sum may be anything, and zero."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS, PRODUCTS
from shapecheck.findings import Fix

_GUARDS = frozenset(["add", "clamp_min", "clamp", "maximum", "nan_to_num"])
_SCORES = PRODUCTS | {"linear", "addmm", "baddbmm", "einsum"}
_FEWEST = 4


def shares_of_both_signs(step: Step) -> Iterator[Sighting]:
    """``w = q @ k.mT; w = w / w.sum(-1, keepdim=True)``, with which values are summed.

    Shares of one are made of what is never negative. The sum of scores is above zero in one row and below in the next,
    where it turns all of them over, and near zero it makes weights of any size. Told where sums of both signs occur.
    """
    for node in step.of_loss:
        if node.name != "div" or len(node.parents) != 2 or node.spot is None or node.parents[0] not in step.learned:
            continue
        total = origin(step.tape, node.parents[1], CONVERTS | AXES_OF_ONE | _GUARDS, first=step.first)[1]
        source = origin(step.tape, node.parents[0], CONVERTS, first=step.first)[0]
        axes = reduced_axes(step, total) if total.name == "sum" else ()
        if len(axes) != 1 or origin(step.tape, total.parents[0], CONVERTS, first=step.first)[0] != source:
            continue
        if not _are_scores(step, source) or not _has_both_signs(step, total) or not _weighs(step, node, axes[0]):
            continue
        shape, made = step.tape.shape(source), step.node(source.node)
        text = (
            f"the numbers {shape} are scores of both signs, and are divided by their sum along axis {axes[0]} to weigh "
            "something: the sum is below zero in some rows, which turns all weights of the row over"
        )
        place = made if made.spot is not None and made.spot.code is node.spot.code else node
        yield sighted("shares_of_both_signs", place, text, (Fix(f"softmax(dim={axes[0]}) first", (), "no"),))
        return


def _are_scores(step: Step, ref: Ref) -> bool:
    """Whether numbers are sums of products, scaled at most."""
    return origin(step.tape, ref, CONVERTS | {"add", "mul", "div", "sub"}, first=step.first)[1].name in _SCORES


def _has_both_signs(step: Step, total: Node) -> bool:
    value = step.known(total.ref)
    return value is not None and value.numel() >= _FEWEST and bool((value > 0).any()) and bool((value < 0).any())


def _weighs(step: Step, node: Node, axis: int) -> bool:
    """Whether a product sums values up with them, along the axis that they were divided along."""
    ndim = len(node.shapes[0])
    for reader in step.readers(node):
        if reader.name in PRODUCTS and len(reader.parents) == 2:
            side = reader.parents.index(node.ref)
            if axis == ndim - 1 - side:
                return True
    return False


PROBE = Probe(
    "weights that are divided by their sum were never negative",
    lambda look: shares_of_both_signs(look.step),
    turn=Turn.LAST,
)
