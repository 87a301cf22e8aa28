"""Rows of several graphs that are pooled as if they were those of one, by a model that is told which is whose."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from shapecheck.capture.instruments.tensors.pairs import operands
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import REDUCING, Step
from shapecheck.capture.recording.tape import Node, Ref, Root
from shapecheck.capture.recording.vocabulary import DIFFERENCES, POOLS
from shapecheck.findings import Fix

_MEETS = REDUCING | DIFFERENCES


def graphs_as_one(step: Step) -> Iterator[Sighting]:
    """``h.mean(0)`` of the nodes of a batch of graphs, held against one target for each of these.

    The model is given the number of the graph of each row and never reads it; all rows are pooled into one, and the one
    prediction meets as many targets as there are graphs.
    """
    for root in step.roots:
        graphs = _unread_numbers(step, root)
        for node in step.all_of_loss if graphs else ():
            pair = operands(node) if node.name in _MEETS else None
            for given, target in (pair, pair[::-1]) if pair is not None else ():
                rows, count = graphs.get(_many(step, given, target), (0, 0))
                pooled = _pooled(step, root, given, rows) if rows else None
                if pooled is not None:
                    yield _told(pooled, rows, count)
                    return


def _unread_numbers(step: Step, root: Root) -> dict[int, tuple[int, int]]:
    """How many graphs -> how many rows they have, of numbers that a model is given and does not read."""
    read = {parent for at in range(root.first, root.last) for parent in step.node(at).parents}
    found: dict[int, tuple[int, int]] = {}
    for ref in (*root.inputs, *root.named.values()):
        shape = step.tape.shape(ref)
        value = step.value_of_input(ref) if len(shape) == 1 and ref not in read else None
        if value is None or value.is_floating_point() or value.dtype == torch.bool or len(value) < 2:
            continue
        count = int(value.max()) + 1
        # One graph behind the other, and none without a row; numbers of anything else stand in another order.
        is_in_turn = bool((value.diff() >= 0).all()) and len(value.unique()) == count  # type: ignore[no-untyped-call]
        if is_in_turn and 1 < count < len(value):
            found[count] = (len(value), count)
    return found


def _many(step: Step, given: Ref, target: Ref) -> int:
    """How many targets, not all the same, one prediction is held against; 0 for any other meeting."""
    if given not in step.learned or target in step.learned or step.tape.shape(target) == ():
        return 0
    sizes, shape = step.tape.shape(target), step.tape.shape(given)
    is_one = all(size == 1 for size in shape) and max(sizes) > 1
    if not is_one or sum(size > 1 for size in sizes) != 1:
        return 0
    value = step.value(target)
    return max(sizes) if bool((value != value.flatten()[0]).any()) else 0


def _pooled(step: Step, root: Root, given: Ref, rows: int) -> Node | None:
    """The one place in a model at which all rows become one on the way to a prediction."""
    way = [step.node(at) for at in ancestors(step.tape, [given], step.first) if root.first <= at < root.last]
    found = [
        node
        for node in way
        if node.name in POOLS and step.tape.shape(node.parents[0])[:1] == (rows,) and node.parents[0] in step.learned
        and rows not in node.shapes[0]
    ]  # fmt: skip
    return found[0] if len(found) == 1 and found[0].spot is not None else None


def _told(node: Node, rows: int, count: int) -> Sighting:
    text = (
        f"the model is given the number of the graph for each of {rows} rows, {count} graphs in all, and never reads "
        f"it; {node.name} makes one of all rows, and that one prediction is held against {count} targets"
    )
    fix = Fix("one sum for each graph: zeros(graphs, features).index_add(0, batch, h)", (), "no")
    return sighted("graphs_as_one", node, text, (fix,))


PROBE = Probe(
    "rows of several graphs are pooled graph by graph",
    lambda look: graphs_as_one(look.step),
)
