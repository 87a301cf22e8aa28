"""Two tensors that are held against each other, of which the one was sorted or summed up along another axis."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.centred import MEANS, centre_of
from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.axes.summed import products
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, DISTANCES
from shapecheck.findings import Fix

# Numbers of both sides are held against each other place by place.
_MEETS = DISTANCES | {"sub", "kl_div", "eq"}
_MOVES_ALONG = frozenset(["sort", "cumsum", "cumprod", "softmax", "log_softmax"])


def sides_along_different_axes(look: Look) -> Iterator[Sighting]:
    """``a.sort(dim=-1).values - b.sort(dim=0).values``, and a product of rows of which one side alone lost its mean.

    Numbers that are ranked, or summed up, along one axis are like those that are along the same one. Both sides of
    one tensor may be asked about both of its axes.
    """
    step = look.step
    first = step.tape.evaluated_from if look.before is None else min(step.first, look.before.last)
    for node in map(step.node, range(first, step.last)):
        if node.name not in _MEETS or len(node.parents) != 2 or node.spot is None:
            continue
        one, other = (origin(step.tape, ref, CONVERTS)[1] for ref in node.parents)
        if one.name != other.name or one.name not in _MOVES_ALONG or one.spot is None or other.spot is None:
            continue
        shapes = [step.tape.shape(each.parents[0]) for each in (one, other)]
        axes = [_along(each, len(shape)) for each, shape in zip((one, other), shapes, strict=True)]
        if shapes[0] == shapes[1] and one.parents[0] != other.parents[0] and None not in axes and axes[0] != axes[1]:
            yield _told(step, one, other, (axes[0] or 0, axes[1] or 0))
            return
    yield from _centred(step, range(first, step.last))


def _centred(step: Step, indices: range) -> Iterator[Sighting]:
    """Products of which one side was centred along the axis that is summed over, and the other along another."""
    for product in products(step.tape, indices):
        (left, at), (right, place) = product.left, product.right
        sides = [(_centre(step, left), at), (_centre(step, right), place)]
        for (good, axis), (bad, wrong) in (sides, sides[::-1]):
            if good is None or bad is None or bad.spot is None or good is bad:
                continue
            shape = step.tape.shape(bad.parents[0])
            axes = reduced_axes(step, bad)
            is_right = reduced_axes(step, good) == (axis,) and good.name == bad.name
            if is_right and len(axes) == 1 and axes != (wrong,) and shape[axes[0]] != shape[wrong]:
                yield _told(step, bad, good, (axes[0], axis))
                return


def _centre(step: Step, ref: Ref) -> Node | None:
    made = origin(step.tape, ref, CONVERTS)[1]
    found = centre_of(step, made, MEANS)
    return None if found is None else found.node


def _along(node: Node, ndim: int) -> int | None:
    axis = axis_of(node, ndim)
    return ndim - 1 if axis is None and node.name == "sort" and ndim else axis


def _told(step: Step, one: Node, other: Node, axes: tuple[int, int]) -> Sighting:
    line = other.spot.line if other.spot is not None else 0
    text = (
        f"{one.name} runs along axis {axes[0]} of {step.tape.shape(one.parents[0])}, and along axis {axes[1]} on the "
        f"other side of what is held against it (line {line}): number by number they say different things"
    )
    fixes = tuple(
        Fix(f"dim={axis} of the {word}", other_axis(node, axis), "no")
        for word, node, axis in (("one", one, axes[1]), ("other", other, axes[0]))
    )
    return sighted("sides_along_different_axes", one, text, fixes)


PROBE = Probe(
    "both sides of a comparison run along the same axis",
    sides_along_different_axes,
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
    of_collected=True,
    turn=Turn.LAST,
)
