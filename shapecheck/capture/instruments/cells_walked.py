"""A loop over a recurrent cell that goes from sample to sample, while the steps of each keep to themselves."""

from __future__ import annotations

from collections.abc import Sequence

from shapecheck.capture.instruments.backwards import backwards
from shapecheck.capture.instruments.samples_axis import samples_axis
from shapecheck.capture.instruments.separation import first_overlapping
from shapecheck.capture.instruments.sighting import Sighting, other_axis, other_item, sighted
from shapecheck.capture.instruments.ways import Way
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CELLS
from shapecheck.findings import Fix

_ITEMS = frozenset(["__getitem__", "select", "unbind"])


def told_of_cells(step: Step, way: Way, axis: int, goals: Sequence[Ref]) -> Sighting | None:
    """A cell that takes one sample after another, where it is known by how they were picked that they are samples.

    What would have to be changed, the state's size and how the outputs are put together with it, is not tried.

    Args:
        step: The step.
        way: The input.
        axis: Its axis of samples, along which the items meet.
        goals: What the loss adds up.
    """
    first = first_overlapping(step, way.moves[axis], goals)
    cell = step.node(first) if first is not None else None
    other = 1 - axis
    if cell is None or cell.name not in CELLS or other not in way.apart or samples_axis(step.tape, way.source) != axis:
        return None
    if not any(node.collated for _, node in backwards(step.tape, way.source, None)):
        # Examples of a task that a script draws itself may be read one after another.
        return None
    taken = _taken(step, cell)
    if taken is None or len(step.tape.shape(taken.parents[0])) < 3:
        return None
    shape = step.tape.shape(way.source)
    text = (
        f"item {way.moves[axis].items[0]} of axis {axis} of the input {shape}, a sample, was replaced, and the loss of "
        f"samples behind it moved, while each item of axis {other} keeps to itself: the cell is handed one sample "
        "after another in the place of one step after another"
    )
    is_unbound = taken.name == "unbind"
    edits = other_axis(taken, other) if is_unbound else other_item(taken, other, len(step.tape.shape(taken.parents[0])))
    title = f"unbind({other})" if is_unbound else f"[{':, ' * other}t]"
    fix = Fix(f"{title}, a state for each sample, and the outputs stacked along axis {other}", edits, "no")
    return sighted("recurrent_along_batch", taken, text, (fix,))


def _taken(step: Step, cell: Node) -> Node | None:
    """Where the items that a cell is handed are taken, one by one."""
    return next((node for _, node in backwards(step.tape, cell.parents[0], None) if node.name in _ITEMS), None)


__all__ = ["told_of_cells"]
