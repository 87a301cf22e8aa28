"""What an elementwise operation of two operands does: which of them was predicted, and how they spread."""

from __future__ import annotations

from itertools import zip_longest

from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS


def predicted_in(step: Step, since: int | None = None) -> set[Ref]:
    """All in this step, or since a node, that hangs on the parameters or on what a model returned, measured or not."""
    first = step.first if since is None else since
    parameters = {
        ref
        for index in range(first, step.last)
        for ref in step.node(index).parents
        if step.node(ref.node).kind == "parameter"
    }
    returned = {
        ref for root in step.tape.roots if root.first >= first and has_parameters(root.module) for ref in root.outputs
    }
    learned = parameters | step.learned | returned
    found = descendants(step.tape, learned, range(first, step.last))
    return learned | {out for index in found for out in step.node(index).outs}


def operands(node: Node) -> tuple[Ref, Ref] | None:
    """The first two tensors of an operation, if it has two."""
    parents = node.parents
    return (parents[0], parents[1]) if len(parents) >= 2 else None


def spreads(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether both spread along axes of the other's, and over the same numbers of items."""
    pairs = _sizes_met(one, other)
    mine, theirs = [a for a, b in pairs if a > 1 and b == 1], [b for a, b in pairs if b > 1 and a == 1]
    return bool(mine) and mine == theirs


def spread(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that two operands spread to."""
    return tuple(max(pair) for pair in _sizes_met(one, other))


def _sizes_met(one: tuple[int, ...], other: tuple[int, ...]) -> list[tuple[int, int]]:
    """The sizes of two operands at each axis, counted from the last one; where one has no such axis, 1."""
    return [*zip_longest(reversed(one), reversed(other), fillvalue=1)][::-1]


def puts_axis_in(node: Node) -> bool:
    """Whether an operation puts an axis in: by its name, by an index of None, or as a last one of one number."""
    if node.name == "unsqueeze" or (node.name in CUTS and node.shapes[0][-1:] == (1,)):
        return True
    return indexes_none(node)


def indexes_none(node: Node) -> bool:
    """Whether an index has a None, which puts an axis in."""
    index = node.argument(1, default=()) if node.name == "__getitem__" else ()
    return any(part is None for part in (index if isinstance(index, tuple) else (index,)))
