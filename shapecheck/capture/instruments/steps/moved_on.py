"""Along which axis of an input a script has gone from one item to the next when it made the targets of it."""

from __future__ import annotations

from shapecheck.capture.recording.replay import refs_above
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS

_ITEM_BY_ITEM = CONVERTS | frozenset(["__getitem__", "select", "mul", "add", "sub", "div", "sin", "cos", "tanh", "sum"])
_RUNNING = frozenset(["cumsum", "cumprod", "cummax", "cummin", "logcumsumexp", "diff", "roll"])


def axis_moved_on(step: Step, source: Ref) -> int | None:
    """``torch.cat([zeros, x[:, :-1]], 1)`` or ``x.cumsum(1)`` in what is asked for: only steps have one before them.

    Args:
        step: The step.
        source: The input.

    Returns:
        The axis; None where there is none, or more than one.
    """
    tape = step.tape
    readers = _readers(step, source)
    if not readers or tape.nodes[source.node].root >= 0:
        return None
    asked = set[Ref]().union(*(refs_above(tape, target) for target in step.targets))
    found = set[int]()
    for node in readers:
        ndim = len(tape.shape(node.parents[0]))
        if node.name in _RUNNING and node.ref in asked:
            axis = node.argument(2 if node.name in ("roll", "diff") else 1, "dim", "dims", "axis")
            found |= {axis % ndim} if isinstance(axis, int) else set()
        cut = _axis_cut(node)
        joins = [tape.nodes[ref.node] for ref in asked if tape.nodes[ref.node].name == "cat"] if cut is not None else []
        is_joined = any(
            node.ref in join.parents and join.argument(1, "dim", default=0) in (cut, (cut or 0) - ndim)
            for join in joins
        )
        found |= {cut} if is_joined and cut is not None else set()
    return found.pop() if len(found) == 1 else None


def _readers(step: Step, source: Ref) -> list[Node]:
    """What no model reads of an input, or of what was made of it item by item: of columns, or of other numbers."""
    shape, made, found = step.tape.shape(source), {source}, list[Node]()
    # Another axis of the same size could be taken for one of these two.
    is_plain = not {*shape[:2]} & {*shape[2:]}
    for node in step.tape.nodes[source.node + 1 : step.last]:
        if node.root < 0 and node.function is not None and made.intersection(node.parents[:1]):
            found.append(node)
            if is_plain and node.name in _ITEM_BY_ITEM and node.shapes[0][:2] == shape[:2]:
                made.add(node.ref)
    return found


def _axis_cut(node: Node) -> int | None:
    """The one axis along which all but the first items, or all but the last ones, are taken."""
    if node.name != "__getitem__" or len(node.args) < 2 or any(part is ... for part in node.index_parts):
        return None
    parts = node.index_parts
    cut = [(axis, part) for axis, part in enumerate(parts) if part != slice(None)]
    if len(cut) != 1 or not isinstance(cut[0][1], slice):
        return None
    axis, part = cut[0]
    ends = part.start, part.stop
    is_all_but_some = part.step is None and (
        (ends[0] is None and isinstance(ends[1], int) and ends[1] < 0)
        or (ends[1] is None and isinstance(ends[0], int) and ends[0] > 0)
    )
    return axis if is_all_but_some else None
