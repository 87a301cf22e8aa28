"""Rows that were picked by a tensor, of numbers or of truths, and whether all of something lies in their order."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.recording.replay import replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ORDERS, SORTS
from shapecheck.reading.vocabulary import FILLED

# What a script selects by lies close in front of the step that trains on it.
_FAR = 400
# What is made of no data: it has as many rows as it was told.
_MAKES = frozenset([*FILLED, "arange", "linspace", "eye"])

# What may put rows into another order, or write them to other places.
_MOVES = ORDERS | frozenset(
    ["__setitem__", "stack", "flip", "roll", "index_copy", "index_add", "index_put", "scatter", "scatter_add", "unbind"]
)


class Picked(NamedTuple):
    """Rows of a tensor, by numbers or a mask."""

    source: Ref
    by: Ref


def picked_rows(step: Step, node: Node) -> Picked | None:
    """What takes rows of a tensor by another one: ``x[order]``, ``x.index_select(0, order)``."""
    if not node.parents or node.function is None:
        return None
    source, by = node.parents[0], None
    shape = step.tape.shape(source)
    if node.name == "__getitem__" and len(node.args) > 1:
        parts = node.index_parts
        is_whole = all(isinstance(part, slice) and part == slice(None) for part in parts[1:])
        by = parts[0] if is_whole else None
    elif node.name in ("index_select", "gather", "take_along_dim"):
        is_of_rows = node.name == "index_select" or len(shape) == 1
        by = node.argument(2, "index") if is_of_rows and axis_of(node, len(shape)) == 0 else None
    is_row = isinstance(by, Ref) and len(step.tape.shape(by)) == 1
    return Picked(source, by) if is_row and isinstance(by, Ref) and source != by else None


def lie_as_picked(step: Step, ref: Ref, by: Ref, size: int, first: int) -> Node | None:
    """The first pick by these numbers that all data with as many rows went through on its way to a tensor.

    What a module does with its rows is its own: it gives them back as it was given them.

    Args:
        step: The step.
        ref: The tensor.
        by: The numbers, or the mask.
        size: How many rows were picked.
        first: What was made before this node is data.

    Returns:
        The pick; None where there is none, or something with as many rows came in beside it.
    """
    tape = step.tape
    sort = tape.nodes[by.node] if tape.nodes[by.node].name in SORTS else None
    told = _told_of(step, by)
    found: list[Node] = []
    seen: set[Ref] = set()
    open_refs = [ref]
    while open_refs:
        one = open_refs.pop()
        if one in seen:
            continue
        seen.add(one)
        node = tape.nodes[one.node]
        picked = picked_rows(step, node)
        is_sorted = sort is not None and node is sort and one != by
        if picked is not None and picked.by == by:
            found.append(node)
        elif is_sorted or node.kind == "parameter" or (node.name in _MAKES and not node.parents):
            continue
        elif one == by or not node.parents or node.index < first:
            if size in tape.shape(one):
                return None
        elif not told.isdisjoint(node.parents) or (node.root < 0 and _moves_rows(step, node, size)):
            return None
        else:
            open_refs += node.parents
    return min(found, key=lambda node: node.index, default=None)


def _told_of(step: Step, by: Ref) -> set[Ref]:
    """The numbers themselves, and whole numbers that were made of them: what reads these may put the rows back."""
    told = {by}
    for node in step.tape.nodes[by.node + 1 : step.last]:
        if not told.isdisjoint(node.parents) and not any(dtype.is_floating_point for dtype in node.dtypes):
            told |= set(node.outs) if told.issuperset(node.parents) else set()
    return told


def _moves_rows(step: Step, node: Node, size: int) -> bool:
    """Whether a script itself takes rows apart, writes or moves them, or goes on with something else than rows."""
    given = [ref for ref in node.parents if step.tape.shape(ref)[:1] == (size,)]
    if node.name in _MOVES or (given and node.shapes[0] and node.shapes[0][0] != size):
        return True
    if node.name in ("__getitem__", "select") and given:
        first = node.index_parts[0] if node.name == "__getitem__" else 0
        return not isinstance(first, slice) and first is not Ellipsis
    return False


def value_from(step: Step, ref: Ref, first: int) -> Tensor | None:
    """The value of a tensor that may be older than the step; None if it is lost, or was drawn, or was made of that."""
    tape, needed, open_refs = step.tape, set[int](), [ref]
    while open_refs:
        one = open_refs.pop()
        node = tape.nodes[one.node]
        if one in tape.held or one.node in needed:
            continue
        if one.node < first or node.function is None or (not node.parents and node.name not in _MAKES):
            return None
        needed.add(one.node)
        open_refs += node.parents
    try:
        return tape.held[ref] if ref in tape.held else replay(tape, sorted(needed))[ref]
    except (KeyError, RuntimeError):
        return None


def looked_at_from(step: Step) -> int:
    """The node from which on something may belong to what is selected for a step."""
    return max(0, step.first - _FAR)
