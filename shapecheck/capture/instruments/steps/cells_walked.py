"""A loop over a cell that goes from sample to sample: one of torch's, or one that the script wrote itself."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from shapecheck.capture.instruments.axes.samples_axis import samples_axis
from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.steps.moved_on import axis_moved_on
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.made import at_constructor
from shapecheck.capture.instruments.tensors.one_item import one_item
from shapecheck.capture.instruments.trials.separation import first_overlapping, separate_axes
from shapecheck.capture.instruments.trials.sighting import (
    Sighting,
    in_constructor,
    node_at,
    other_axis,
    other_item,
    sighted,
)
from shapecheck.capture.recording.replay import ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CELLS, ITEMS
from shapecheck.findings import Fix
from shapecheck.reading.sources import names_in

_FEWEST = 3
_TIMES = frozenset(["t", "time", "step", "ti", "tick"])


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
    text = "a sample, was replaced, and the loss of samples behind it moved, while each item of axis {} keeps to itself"
    return _told(step, way, axis, taken, text.format(other))


def told_of_walk(step: Step, way: Way, axis: int, goals: Sequence[Ref], *, is_beside_time: bool) -> Sighting | None:
    """Any cell that takes one item after another, of which each has an answer, and of the other axis the last is read.

    Of steps that are walked each may have an answer of its own; but then of all the samples beside them only the last
    one would have any. Where it is known by how they were picked that the items are samples, the others may have all:
    what a script draws itself needs an answer for each of both, since examples of a task may be read one by one. Where
    the script itself went on from item to item of the other axis when it made the answers, that one is time.

    Args:
        step: The step.
        way: The input.
        axis: Its axis, along which the items meet.
        goals: What the loss adds up.
        is_beside_time: Whether the targets are the input one step later along the other axis.
    """
    first = first_overlapping(step, way.moves[axis], goals)
    if first is None or step.node(first).root < 0 or not _are_answered_in_turn(step, way, axis, goals):
        return None
    shape = step.tape.shape(way.source)
    is_drawn = samples_axis(step.tape, way.source) == axis and (
        any(node.collated for _, node in backwards(step.tape, way.source, None))
        or (1 - axis in way.apart and _are_all_answered(way, goals))
    )
    is_moved_on = axis == 0 and 1 in way.apart and axis_moved_on(step, way.source) == 1
    is_beside_time &= not is_drawn and not is_moved_on and 1 - axis in way.apart
    is_drawn |= is_beside_time or is_moved_on
    if (len(shape) < 3 and not is_moved_on) or not (is_drawn or _is_read_at_its_end(way, 1 - axis, goals)):
        return None
    again = sum(node.repeats(step.node(first)) for node in step.nodes)
    taken = _taken_in_turn(step, way, axis, first)
    if taken is None or again < _FEWEST or (is_beside_time and not _says_time(taken)):
        return None
    text = "was replaced, and the answers for the items behind it moved, one for each of them"
    if not is_drawn:
        text += f"; of axis {1 - axis} nothing but the last item is read"
    elif is_moved_on:
        text += f"; along axis {1 - axis} the script went from item to item itself when it made what is asked for"
    return _told(step, way, axis, taken, text)


def _told(step: Step, way: Way, axis: int, taken: Node, text: str) -> Sighting:
    other, shape = 1 - axis, step.tape.shape(way.source)
    text = (
        f"item {way.moves[axis].items[0]} of axis {axis} of the input {shape}, {text}: the cell is handed one sample "
        "after another in the place of one step after another"
    )
    given = step.tape.shape(taken.parents[0])
    is_unbound = taken.name == "unbind"
    edits = other_axis(taken, other) if is_unbound else other_item(taken, other, len(given))
    title = f"unbind({other})" if is_unbound else f"[{':, ' * other}t]"
    fix = Fix(f"{title}, a state for each sample, and the outputs stacked along axis {other}", edits, "no")
    asked = in_constructor(taken, "batch_first=True") if getattr(taken.module, "batch_first", None) is False else ()
    if asked:
        # The layer of the script can do both: what is to be changed is what it was asked for.
        fix = Fix("batch_first=True", asked, "no")
        return at_constructor(taken, sighted("recurrent_along_batch", taken, text, (fix,)))
    return sighted("recurrent_along_batch", taken, text, (fix,))


def _are_answered_in_turn(step: Step, way: Way, axis: int, goals: Sequence[Ref]) -> bool:
    """Whether the loss has a term for each item of an axis, and an item moves its own and later ones alone."""
    moves, size = way.moves[axis], step.tape.shape(way.source)[axis]
    # Row by row, also where the answers of all rows lie one behind the other.
    found = [masks for masks in map(moves.masks, goals) if masks and masks[0].ndim and not len(masks[0]) % size]
    if not found or len(moves.items) < _FEWEST or len(found[0]) != len(moves.items):
        return False
    lines = [mask.reshape(size, -1).any(1).tolist() for mask in found[0]]
    is_causal = all(any(line) and line.index(True) == item for line, item in zip(lines, moves.items, strict=True))
    return is_causal and sum(lines[0]) > 1


def _says_time(taken: Node) -> bool:
    """Whether a name says that the items are steps: places along a road may be walked too, for each time by itself."""
    subscript = node_at(taken, ast.Subscript)
    names = names_in(subscript.slice) if isinstance(subscript, ast.Subscript) else set()
    return getattr(taken.module, "batch_first", None) is False or bool(names & _TIMES)


def _are_all_answered(way: Way, goals: Sequence[Ref]) -> bool:
    """Whether the loss has a term for each item of both of the first two axes."""
    moved = way.moves[way.apart[0]].moved[0]
    count = moved[way.source].shape[0] * moved[way.source].shape[1]
    return any(goal in moved and moved[goal].numel() == count for goal in goals)


def _is_read_at_its_end(way: Way, axis: int, goals: Sequence[Ref]) -> bool:
    """Whether of all items of an axis the last one alone moves the loss."""
    moves = way.moves.get(axis)
    if moves is None or len(moves.items) < _FEWEST:
        return False
    moved = [any(goal in seen and bool(seen[goal].any()) for goal in goals) for seen in moves.moved]
    return moved[-1] and not any(moved[:-1])


def _taken_in_turn(step: Step, way: Way, axis: int, first: int) -> Node | None:
    """Where the items of an axis are taken one by one, the last time before they meet."""
    behind = descendants(step.tape, {way.source}, ancestors(step.tape, [Ref(first)], step.first))
    for node in (step.node(index) for index in reversed(behind)):
        whole = node.parents[0]
        if node.name not in ITEMS or len(step.tape.shape(whole)) < 3 or _axis_walked(node) != axis:
            continue
        picks = {one_item(other) for other in step.readers(whole) if other.name == node.name}
        count = len(node.shapes) if node.name == "unbind" else len(picks)
        is_own = whole == way.source or axis in separate_axes(way.moves[axis].masks(whole))
        if count == step.tape.shape(whole)[axis] >= _FEWEST and is_own:
            return node
    return None


def _axis_walked(node: Node) -> object:
    """The axis of which a node takes one item, or all of them one by one."""
    if node.name == "unbind":
        return node.argument(1, "dim", default=0)
    taken = one_item(node)
    return taken[0] if taken is not None else None


def _taken(step: Step, cell: Node) -> Node | None:
    """Where the items that a cell is handed are taken, one by one."""
    return next((node for _, node in backwards(step.tape, cell.parents[0], None) if node.name in ITEMS), None)
