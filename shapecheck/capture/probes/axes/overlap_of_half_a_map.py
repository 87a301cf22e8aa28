"""Overlaps of maps and masks that are summed over the classes, and not over all rows and columns."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import BOUNDS_BELOW, CONVERTS, DIVIDES, TOTALS
from shapecheck.findings import Fix


def overlap_of_half_a_map(step: Step) -> Iterator[Sighting]:
    """``(p * y).sum((1, 2)) / (p.sum((1, 2)) + y.sum((1, 2)))`` of maps ``(samples, classes, rows, columns)``.

    The probabilities of all classes add up to one at each pixel: their sum is the number of the rows, whatever was
    predicted, and the ratio holds nothing that a union would. Who adds up all that a sample has divides by the number
    of its pixels on purpose; here the columns stay, of which nobody asks for each by itself.
    """
    for node in step.all_of_loss:
        found = _maps(step, node) if node.name == "mul" and len(node.parents) == 2 else None
        if found is None:
            continue
        scores, classes = found
        ndim = len(node.shapes[0])
        pixels = tuple(axis for axis in range(1, ndim) if axis != classes)
        for reader in step.readers(node, to_loss=True):
            axes = reduced_axes(step, reader) if reader.name in TOTALS else ()
            # What is summed up over the classes alone is the probability of the right one, pixel by pixel.
            if classes not in axes or len(axes) < 2 or {*pixels} <= {*axes}:
                continue
            if _is_divided_by_a_constant(step, reader, scores, axes):
                yield _told(step, reader, axes, classes, pixels)
                return


def _maps(step: Step, node: Node) -> tuple[Ref, int] | None:
    """The probabilities of the classes at each pixel that meet a mask, and the axis of the classes."""
    for scores, mask in (node.parents, node.parents[::-1]):
        shape = step.tape.shape(scores)
        is_met = scores in step.learned and mask not in step.learned and step.tape.shape(mask) == shape
        if not is_met or len(shape) < 4:
            continue
        made = [one for _, one in backwards(step.tape, scores, CONVERTS | BOUNDS_BELOW, first=step.first)][-1]
        value = step.known(mask)
        axis = axis_of(made, len(shape)) if made.name == "softmax" else None
        if axis is not None and axis > 0 and shape[axis] > 1 and value is not None and are_truths(value.double()):
            return scores, axis
    return None


def _is_divided_by_a_constant(step: Step, total: Node, scores: Ref, axes: tuple[int, ...]) -> bool:
    """Whether the sum of the products is divided by what the same sum of the probabilities is in, which is constant."""
    order = sorted(step.to_loss)
    above = {Ref(index) for index in descendants(step.tape, {total.ref}, order)} | {total.ref}
    readers = step.readers(scores, to_loss=True)
    # Both totals of a union may be one: ``(p + y).sum((1, 2))``.
    readers += [behind for one in readers if one.name == "add" for behind in step.readers(one, to_loss=True)]
    for other in readers:
        if other.name != total.name or reduced_axes(step, other) != axes:
            continue
        value = step.known(other.ref)
        if value is None or bool(difference(value, value.flatten()[:1].expand_as(value), 1e-4).any()):
            continue
        below = {Ref(index) for index in descendants(step.tape, {other.ref}, order)} | {other.ref}
        for node in map(step.node, order):
            if node.name in DIVIDES and len(node.parents) == 2 and {*node.parents} & above and {*node.parents} & below:
                return True
    return False


def _told(step: Step, total: Node, axes: tuple[int, ...], classes: int, pixels: tuple[int, ...]) -> Sighting:
    shape = step.tape.shape(total.parents[0])
    text = (
        f"{total.name} of {shape} along {axes} adds up the {shape[classes]} classes, whose probabilities are 1 "
        f"together, so that what it is divided by is the same whatever was predicted; of the pixels, which lie along "
        f"{pixels}, not all are added up"
    )
    fix = Fix(f"dim={pixels} in all sums of the formula", (), "no")
    return sighted("overlap_of_half_a_map", total, text, (fix,))


PROBE = Probe(
    "overlaps of maps are summed over all pixels",
    lambda look: overlap_of_half_a_map(look.step),
)
