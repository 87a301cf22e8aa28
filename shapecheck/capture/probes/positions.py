"""What is added to each row by its number: the position in the sequence, or in the batch?"""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.separation import separate_axes
from shapecheck.capture.instruments.sighting import Sighting, sighted
from shapecheck.capture.instruments.ways import Way
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref

_JOINS = frozenset(["add", "__add__", "__radd__", "add_", "__iadd__", "radd"])


def positions(step: Step, ways: list[Way]) -> Iterator[Sighting]:
    """A table of positions that is read along the axis of the samples."""
    for way in ways:
        # Only where exactly one of the two first axes stays apart: then that one holds the samples.
        if len(way.apart) != 1 or len(way.moves) != 2:
            continue
        moves = way.moves[way.apart[0]]
        for index in step.order:
            node = step.node(index)
            pair = node.parents[:2]
            if node.name not in _JOINS or len(pair) != 2 or index not in step.to_loss:
                continue
            data = next((ref for ref in pair if moves.masks(ref)), None)
            table = next((ref for ref in pair if ref != data and not moves.masks(ref)), None)
            if data is None or table is None:
                continue
            shape, own = step.tape.shape(data), separate_axes(moves.masks(data))
            added = (1,) * (len(shape) - len(step.tape.shape(table))) + step.tape.shape(table)
            if len(own) != 1 or len(shape) < 3 or own[0] > 1 or len(added) != len(shape):
                continue
            if added[own[0]] == shape[own[0]] > 1 and added[1 - own[0]] == 1 and shape[1 - own[0]] > 1:
                counted = _counted(step, table, shape[own[0]])
                if counted is not None:
                    text = (
                        f"{added} is added to {shape}: it differs along axis {own[0]}, which by the probe holds the "
                        f"samples, and is the same for all of axis {1 - own[0]}: each sample gets its number in the "
                        "batch, "
                        "and the steps get none"
                    )
                    yield sighted("positions_along_batch", counted, text)
                    return


def _counted(step: Step, table: Ref, size: int) -> Node | None:
    """Where positions were counted: an arange, or the first rows of a longer table; None if data has a part in it."""
    found: Node | None = None
    if step._is_leaf(table):
        return None
    for index in ancestors(step.tape, [table], step.first):
        node = step.node(index)
        for parent in node.parents:
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


PROBE = Probe(
    "positions are counted along the sequence",
    lambda look: positions(look.step, look.ways),
)
