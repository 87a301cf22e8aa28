"""The place of the largest of a flattened table, taken apart by the size of the wrong axis."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from math import prod
from operator import mul

from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import (
    AXES_OF_ONE,
    CONVERTS,
    CUTS,
    PLACES_OF_EXTREMES,
    SOFTMAXES,
    WITH_PLACES,
)
from shapecheck.findings import Fix

_DIVIDES = frozenset(["floor_divide", "remainder", "div", "fmod"])
_SEEKS = frozenset(["argmax", "argmin", "max", "min", "topk", "sort", "argsort", "multinomial"])
_HANDS_ON = CONVERTS | AXES_OF_ONE | {"__getitem__", "select", "view", "reshape"}
_OF_EACH = CONVERTS | SOFTMAXES | {"exp", "log", "sigmoid", "add", "sub", "div", "mul", "masked_fill"}


def flat_indices(step: Step) -> Iterator[Sighting]:
    """``i = scores.flatten(1).topk(k).indices`` of (batch, row, column), and ``i // rows`` for the row of each.

    Of a flattened table the number of a place divided by the size of what stands behind an axis is its place along
    that axis, and the rest its place in what stands behind.
    """
    for node in step.recorded:
        size = node.argument(1) if node.name in _DIVIDES else None
        if type(size) is not int or size < 2 or not node.parents or node.dtypes[0].is_floating_point:
            continue
        sizes = _flattened(step, node)
        if sizes is None or size in _products(sizes[::-1]) or size not in {*sizes, *_products(sizes)}:
            continue
        right = prod(sizes[1:])
        sign = "%" if node.name in ("remainder", "fmod") else "//"
        text = (
            f"the number of a place in a flattened {sizes} is taken apart by {size}, and items of axis 0 lie {right} "
            f"apart: index // {right} is the place along axis 0, index % {right} the place behind it"
        )
        yield sighted("flat_index_taken_apart", node, text, (Fix(f"index {sign} {right}", (), "no"),))
        return


def _flattened(step: Step, node: Node) -> tuple[int, ...] | None:
    """The sizes that were made one axis, in which a place was sought; None where that is not so."""
    ref, seeker = origin(step.tape, node.parents[0], _HANDS_ON | {"remainder", "fmod"}, first=step.first)
    if seeker.name not in _SEEKS or not seeker.parents or ref.out != (seeker.name in WITH_PLACES):
        return None
    shape = step.tape.shape(seeker.parents[0])
    axis = axis_of(seeker, len(shape))
    if seeker.name in PLACES_OF_EXTREMES and len(seeker.args) == 1 and not seeker.kwargs and len(shape) > 1:
        return _joined(shape, (prod(shape),))
    axis = len(shape) - 1 if axis is None else axis
    if axis != len(shape) - 1:
        return None
    for made, by in backwards(step.tape, seeker.parents[0], _OF_EACH, first=step.first):
        if step.tape.shape(made) != shape:
            return None
        if by.name in CUTS:
            return _joined(step.tape.shape(by.parents[0]), shape)
    return None


def _joined(before: tuple[int, ...], after: tuple[int, ...]) -> tuple[int, ...] | None:
    """The last axes that a cut has joined to one, where the others stand as they stood."""
    at = len(after) - 1
    rest = tuple(size for size in before[at:] if size > 1)
    return rest if before[:at] == after[:at] and len(rest) > 1 and prod(rest) == after[-1] else None


def _products(sizes: tuple[int, ...]) -> set[int]:
    """The products of the first of some sizes, up to any of them but the last."""
    return {*accumulate(sizes[:-1], mul)}


PROBE = Probe(
    "the place in a flattened table is taken apart by what stands behind each axis",
    lambda look: flat_indices(look.step),
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
)
