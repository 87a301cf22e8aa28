"""Guesses of rows that a model has sorted, held against labels in the order in which they came."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, EQUALS, SORTS
from shapecheck.findings import Fix

_PICKS = frozenset(["__getitem__", "index_select", "gather", "take_along_dim", "take", "scatter", "scatter_"])
# Of two rows the chance is even that they come as they were.
_LEAST = 3


def sorted_in_evaluation(step: Step) -> Iterator[Sighting]:
    """``(model(x).argmax(-1) == labels)`` where the model gives its rows in the order of their lengths."""
    first = step.first if step.first < step.last else step.tape.evaluated_from
    for index in range(first, step.last):
        node = step.node(index)
        if node.name not in EQUALS or len(node.parents) != 2 or index in step.to_loss:
            continue
        for guess, labels in (node.parents, node.parents[::-1]):
            moved = _moved_once(step, guess, first)
            if moved is not None and _lie_as_they_came(step, labels, moved) and _is_another(step, moved.parents[1]):
                size = moved.shapes[0][0]
                text = (
                    f"the model has put its {size} rows into the order of a sort"
                    + (f" (line {moved.spot.line})" if moved.spot is not None else "")
                    + ", they are not put back, and the labels are in the order in which they came: guess k is not of "
                    "label k"
                )
                yield sighted("rows_in_another_order", node, text, (Fix("labels[order], or out[order.argsort()]"),))
                return


def _moved_once(step: Step, ref: Ref, first: int) -> Node | None:
    """What gave the rows of a tensor the order of a sort, if all that moves rows on the way is that."""
    made = [step.node(index) for index in ancestors(step.tape, [ref], first)]
    moved = [node for node in made if _takes_rows(step, node)]
    orders = {node.parents[1] for node in moved if len(node.parents) == 2}
    if not moved or len(orders) != 1 or any(len(node.parents) != 2 for node in moved):
        return None
    (order,) = orders
    by = step.node(order.node)
    rows = step.tape.shape(order)
    # The sort of an order is the way back from it, wherever the rows were put into that: in a list, perhaps.
    is_way_back = bool(by.parents) and origin(step.tape, by.parents[0], CONVERTS)[1].name in SORTS
    is_sort = by.name in SORTS and not is_way_back and len(rows) == 1 and rows[0] >= _LEAST
    is_whole = all(node.shapes[0][:1] == rows and node.root >= 0 for node in moved)
    is_alone = is_sort and is_whole and not _is_used_again(step, order, made, moved)
    return moved[0] if is_alone and step.tape.shape(ref)[:1] == rows else None


def _is_used_again(step: Step, order: Ref, made: list[Node], moved: list[Node]) -> bool:
    """Whether something else on the way is told the order, or whole numbers that were made of it."""
    known = {order}
    for node in made:
        if node.index <= order.node or node in moved or not known & set(node.parents):
            continue
        outs = list(node.outs)
        if any(step.tape.dtype(out).is_floating_point for out in outs) or not known >= set(node.parents):
            return True
        known |= set(outs)
    return False


def _is_another(step: Step, order: Ref) -> bool:
    """Whether an order is another one than that in which the rows came; not if that is not known."""
    try:
        places = step.value(order).tolist()
    except Exception:
        return False
    return sorted(places) == [*range(len(places))] != places


def _takes_rows(step: Step, node: Node) -> bool:
    """Whether it picks by whole numbers that are themselves a tensor or a list."""
    if node.name not in _PICKS:
        return False
    index = node.args[-1] if len(node.args) > 1 else node.kwargs.get("index")
    return isinstance(index, Ref | list) and not (isinstance(index, Ref) and _is_mask(step, index))


def _is_mask(step: Step, index: Ref) -> bool:
    return step.tape.dtype(index) == torch.bool


def _lie_as_they_came(step: Step, labels: Ref, moved: Node) -> bool:
    """Whether labels were there before the rows were sorted, and nothing has moved them."""
    source, _ = origin(step.tape, labels, CONVERTS)
    made = [step.node(index) for index in ancestors(step.tape, [labels], moved.index)]
    return source.node < moved.parents[1].node and not made and step.tape.shape(labels)[:1] == moved.shapes[0][:1]


PROBE = Probe(
    "guesses and labels that are compared come in the same order",
    lambda look: sorted_in_evaluation(look.step),
    needs_no_run=True,
    in_evaluation=True,
)
