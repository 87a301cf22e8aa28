"""Means of exponentials, taken as logarithms: what is added up along one axis and divided by the size of another."""

from __future__ import annotations

import math
from collections.abc import Iterator

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import SUMS, TOTALS
from shapecheck.findings import Fix

_GOES_ON = TOTALS | SUMS | {"neg", "squeeze"}
_HOPS = 6
_ROUNDED = 1e-6


def mean_of_exponentials(step: Step) -> Iterator[Sighting]:
    """``weights.logsumexp(-1) - math.log(draws)`` of weights ``(draws, samples)``: the samples are added up.

    The logarithm of a number that comes off is that of how many were added up. Where it is the size of another axis,
    which is still there, and not that of the axis which is gone, one of the two is the wrong one. Where both come off,
    as in the rounds of an optimal transport, it is the weight of each item that is left.
    """
    for node in step.all_of_loss:
        axes = reduced_axes(step, node) if node.name == "logsumexp" else ()
        shape = step.tape.shape(node.parents[0]) if len(axes) == 1 else ()
        others = [size for axis, size in enumerate(shape) if axis not in axes]
        counts = set(_counts(step, node)) if others else set()
        if len(counts) != 1:
            continue
        count = counts.pop()
        if count == shape[axes[0]] or others.count(count) != 1:
            continue
        axis = shape.index(count)
        text = (
            f"logsumexp adds up the {shape[axes[0]]} items along axis {axes[0]} of {shape}, and the logarithm of "
            f"{count} comes off, by which a mean divides: so many lie along axis {axis}"
        )
        fix = Fix(f"dim={axis}, if those were to be averaged; or else the logarithm of the other size", (), "no")
        yield sighted("averaged_along_other_axis", node, text, (fix,))
        return


def _counts(step: Step, node: Node) -> Iterator[int]:
    """The whole numbers of which a logarithm comes off, until something else is made of it."""
    sign = 1
    for _ in range(_HOPS):
        readers = step.readers(node, to_loss=True)
        if len(readers) != 1 or readers[0].name not in _GOES_ON:
            return
        reader = readers[0]
        given = [item for item in reader.args if item != node.ref] if reader.name in SUMS else []
        values = [value for item in given if (value := _number(step, item)) is not None]
        # Of a difference: which of the two it is that comes off.
        is_taken = reader.name == "rsub" or (reader.name == "sub" and reader.args[:1] != (node.ref,))
        sign *= -1 if is_taken or reader.name == "neg" else 1
        added = -1 if reader.name == "sub" and not is_taken else 1
        for value in (-sign * added * value for value in values):
            count = round(math.exp(value)) if 0 < value < math.log(1e6) else 0
            if count > 1 and abs(value - math.log(count)) < _ROUNDED * max(1.0, value):
                yield count
        if len(values) < len(given):
            return
        node = reader


def _number(step: Step, item: object) -> float | None:
    """A plain number, or a tensor of one that nothing learns."""
    if isinstance(item, float):
        return item
    if isinstance(item, Ref) and item not in step.learned and step.tape.shape(item) == ():
        value = step.known(item)
        return float(value) if value is not None and value.is_floating_point() else None
    return None


PROBE = Probe(
    "means of exponentials divide by as many as they add up",
    lambda look: mean_of_exponentials(look.step),
)
