"""Scores that are picked by numbers of their own, one for each row, along another axis than that of the choices."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix

_GATHERS = frozenset(["gather", "take_along_dim"])
_FEWEST = 4


def gathered_beside(step: Step) -> Iterator[Sighting]:
    """``net(states).gather(0, actions.unsqueeze(1))``: the first score of another sample, for each sample.

    The numbers have one place along the axis of the choices, and as many as there are scores along all others. Along
    one of these they pick among the samples, or the steps, and nothing but the first choice is ever read.
    """
    for node in map(step.node, step.order):
        if node.name not in _GATHERS or node.index not in step.to_loss or len(node.parents) != 2:
            continue
        scores, numbers = node.parents
        shape, picked = step.tape.shape(scores), step.tape.shape(numbers)
        beside = [axis for axis, pair in enumerate(zip(shape, picked, strict=False)) if pair[0] != pair[1]]
        along = _axis(node, len(shape))
        if len(shape) != len(picked) or len(beside) != 1 or along is None or scores not in step.learned:
            continue
        axis = beside[0]
        if axis == along or picked[axis] != 1 or not _are_choices(step, numbers, shape[axis], shape[along]):
            continue
        text = (
            f"{node.name} picks along axis {along} of {shape} by numbers {picked}, which are all below {shape[axis]}: "
            f"of the {shape[axis]} scores along axis {axis} it reads the first, of another item of axis {along} each"
        )
        edits = () if node.name == "take_along_dim" else other_axis(node, axis)
        yield sighted("item_of_wrong_axis", node, text, (Fix(f"dim={axis}", edits, "no"),))
        return


def _axis(node: Node, ndim: int) -> int | None:
    given = node.kwargs.get("dim", next((item for item in node.args[1:] if type(item) is int), None))
    return given % ndim if isinstance(given, int) and -ndim <= given < ndim else None


def _are_choices(step: Step, numbers: Ref, count: int, others: int) -> bool:
    """Whether numbers say which of some choices are picked, and hardly which of more items along another axis."""
    value = step.value(numbers)
    if numbers in step.learned or value.is_floating_point() or value.numel() < _FEWEST:
        return False
    is_below = count > 1 and int(value.max()) < count < others
    return is_below and len(value.unique()) > 1  # type: ignore[no-untyped-call]


PROBE = Probe(
    "scores are picked along the choices",
    lambda look: gathered_beside(look.step),
)
