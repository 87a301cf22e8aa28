"""Where positions were counted that are added to something."""

from __future__ import annotations

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import AS_ANOTHER, NOISE

_MOVES = frozenset(["__getitem__", "unsqueeze", "squeeze", "to", "expand", "expand_as", "contiguous", "detach", "view"])


def counted(step: Step, table: Ref, size: int) -> Node | None:
    """An arange, or the first rows of a longer table; None if data has a part in it."""
    found: Node | None = None
    if step.is_leaf(table):
        return None
    for index in ancestors(step.tape, [table], step.first):
        node = step.node(index)
        # What only lends its shape has no part in the numbers.
        for parent in node.parents[:1] if node.name in AS_ANOTHER else node.parents:
            if _is_data(step, parent, size):
                return None
        if node.name == "arange" and node.shapes[0] == (size,):
            found = found or node
        elif node.name == "__getitem__" and node.parents[0] in step.inner | step.learned:
            whole = step.tape.shape(node.parents[0])
            found = found or (node if size in node.shapes[0] and max(whole) > size else None)
        elif node.name in NOISE:
            return None
    return found


def _is_data(step: Step, ref: Ref, size: int) -> bool:
    """Whether it came from outside of the model; a few constants that it writes down itself did not."""
    node = step.node(ref.node)
    if not step.is_leaf(ref) or node.kind == "parameter" or ref in step.inner:
        return False
    return node.name not in ("tensor", "as_tensor") or node.root < 0 or size in node.shapes[0]


def counted_beforehand(step: Step, table: Ref, size: int, steps: int) -> Node | None:
    """Where a table that a module keeps is taken, if it counts positions: of as many rows as there are samples.

    It was made of an arange of that length; or it is cut to as many rows as there are steps, along an axis of one row,
    where the cut does nothing.
    """
    taken: Node | None = None
    for at, node in backwards(step.tape, table, _MOVES):
        if at in step.inner:
            break
        if node.name == "__getitem__":
            taken = taken or node
            if node.parents[0] in step.inner | step.learned and _cuts_nothing(step, node, steps):
                return node
    else:
        return None
    made = [step.node(index) for index in ancestors(step.tape, [at], 0)]
    is_counted = any(node.name == "arange" and node.shapes[0] == (size,) for node in made)
    return (taken or node) if is_counted and not any(node.name in NOISE for node in made) else None


def _cuts_nothing(step: Step, node: Node, steps: int) -> bool:
    """``table[:steps]`` of a table with one row, and many along the next axis."""
    index = node.argument(1)
    first = index[0] if isinstance(index, tuple) and index else index
    whole = step.tape.shape(node.parents[0])
    return isinstance(first, slice) and first.stop == steps > 1 and len(whole) == 3 and whole[0] == 1 < whole[1]
