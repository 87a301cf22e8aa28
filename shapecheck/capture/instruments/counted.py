"""Where positions were counted that are added to something."""

from __future__ import annotations

from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref

_BY_SHAPE = frozenset(["expand_as", "view_as", "reshape_as", "to"])


def counted(step: Step, table: Ref, size: int) -> Node | None:
    """An arange, or the first rows of a longer table; None if data has a part in it."""
    found: Node | None = None
    if step._is_leaf(table):
        return None
    for index in ancestors(step.tape, [table], step.first):
        node = step.node(index)
        # What only lends its shape has no part in the numbers.
        for parent in node.parents[:1] if node.name in _BY_SHAPE else node.parents:
            is_data = step._is_leaf(parent) and step.node(parent.node).kind != "parameter" and parent not in step.inner
            if is_data:
                return None
        if node.name == "arange" and node.shapes[0] == (size,):
            found = found or node
        elif node.name == "__getitem__" and node.parents[0] in step.inner | step.learned:
            whole = step.tape.shape(node.parents[0])
            found = found or (node if size in node.shapes[0] and max(whole) > size else None)
        elif node.name in ("rand", "randn", "rand_like", "randn_like", "normal", "bernoulli"):
            return None
    return found
