"""Logarithms of weights that sum to one along an axis, added up along another one."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.alternatives import axis_of, with_axis
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, SHIFTS, TOTALS
from shapecheck.findings import Fix

_SCALES = frozenset(["neg", "mul", "div"])
_HOPS = 8


def mixture_weights(step: Step) -> Iterator[Sighting]:
    """``logsumexp(log_weights + log_probabilities, 1)`` of weights that a log_softmax has made along another axis.

    The chances of all components, each times its weight, add up to that of what was observed. Where the sum goes along
    another axis and what comes out is averaged at once, over the components too, no mixture is left. Who goes on with
    what comes out, as along the states of a chain, has another use for the axis.
    """
    for node in step.all_of_loss:
        axes = reduced_axes(step, node) if node.name == "logsumexp" else ()
        if len(axes) != 1 or not _is_averaged(step, node):
            continue
        ref = node.parents[0]
        shape = step.tape.shape(ref)
        parts = list(_parts(step, ref))
        shared = {place for part in parts if (place := _shared_along(step, part, len(shape))) is not None}
        if len(shared) != 1 or axes[0] in shared:
            continue
        axis = shared.pop()
        others = [part for part in parts if _shared_along(step, part, len(shape)) is None and part in step.learned]
        if shape[axis] < 2 or not any(_size(step, part, axis, len(shape)) == shape[axis] for part in others):
            continue
        text = (
            f"the weights of {shape} sum to one along axis {axis}, by their log_softmax, and logsumexp adds up along "
            f"axis {axes[0]}: the {shape[axis]} components are averaged as if each were an observation of its own"
        )
        try:
            step.run_with({node.index: with_axis(node, axis)})
        except Exception:
            continue
        fix = Fix(f"dim={axis - len(shape)}", other_axis(node, axis - len(shape)), "call", "the components add up")
        yield sighted("mixture_along_other_axis", node, text, (fix,))
        return


def _parts(step: Step, ref: Ref) -> Iterator[Ref]:
    """What a sum is of."""
    node = step.node(ref.node)
    if node.name in SHIFTS and ref.node >= step.first:
        for parent in node.parents:
            yield from _parts(step, parent)
    else:
        yield ref


def _shared_along(step: Step, part: Ref, ndim: int) -> int | None:
    """The axis of the sum along which a part is the logarithm of shares."""
    found, node = origin(step.tape, part, CONVERTS, first=step.first)
    if node.name != "log_softmax" or found not in step.learned:
        return None
    own = len(step.tape.shape(found))
    axis = axis_of(node, own)
    return None if axis is None else axis + ndim - own


def _size(step: Step, part: Ref, axis: int, ndim: int) -> int:
    shape = step.tape.shape(part)
    at = axis + len(shape) - ndim
    return shape[at] if at >= 0 else 1


def _is_averaged(step: Step, node: Node) -> bool:
    """Whether nothing but a mean or sum of all of it comes next."""
    for _ in range(_HOPS):
        readers = step.readers(node, to_loss=True)
        if len(readers) != 1 or readers[0].name not in TOTALS | _SCALES:
            return False
        node = readers[0]
        if node.name in TOTALS and not node.shapes[0]:
            return True
    return False


PROBE = Probe(
    "the components of a mixture are added up along their own axis",
    lambda look: mixture_weights(look.step),
)
