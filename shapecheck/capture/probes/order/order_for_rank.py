"""What stands at place y in the order of the scores, read as if it were the place of y."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, COMPARES, CONVERTS, CUTS, ORDERS, SUMS
from shapecheck.findings import Fix

_KEEPS = CONVERTS | CUTS | {"squeeze", "unsqueeze", "float", "double"}
_PICKS = frozenset(["__getitem__", "index_select", "stack", "cat"])
_RANKED = frozenset(["rdiv", "reciprocal", "log", "log2", "log1p", "mean", "median"])


def order_for_rank(step: Step) -> Iterator[Sighting]:
    """``rank = scores.argsort(1, descending=True)[rows, y]``: this is the class of rank y, and no rank.

    What comes out is held against a number, or reckoned with: who wants the class of a rank does neither.
    """
    for node in step.recorded:
        found = _asked(step, node)
        if found is None:
            continue
        order, labels = found
        _, by = origin(step.tape, order, CONVERTS)
        is_order = by.name in ORDERS and bool(by.parents) and step.tape.dtype(by.parents[0]).is_floating_point
        if not is_order or not _are_labels(step, labels) or _learns_of_others(step, by.parents[0], labels):
            continue
        read = _ranked(step, node)
        if read is not None:
            text = (
                f"the order of {step.tape.shape(order)[-1]} scores says which class stands at each place; at place y "
                f"it holds the class of rank y, and '{read.name}' takes that for the rank of y"
            )
            fix = Fix("the order of the order: order.argsort(dim=-1), at y", (), "no")
            yield sighted("order_for_rank", node, text, (fix,))
            return


def _asked(step: Step, node: Node) -> tuple[Ref, Ref] | None:
    """An order of the scores of each row, and the place of it that is asked for."""
    shape = step.tape.shape(node.parents[0]) if node.parents else ()
    if len(shape) != 2 or step.tape.dtype(node.parents[0]).is_floating_point:
        return None
    if node.name in ("gather", "take_along_dim") and axis_of(node, 2) == 1:
        at = node.argument(2, "index")
        is_one = isinstance(at, Ref) and step.tape.shape(at) == (shape[0], 1)
        return (node.parents[0], at) if is_one and isinstance(at, Ref) else None
    if node.name == "__getitem__" and len(node.args) > 1 and len(node.index_parts) == 2:
        rows, at = node.index_parts
        is_each = isinstance(rows, Ref) and step.node(rows.node).name == "arange" and isinstance(at, Ref)
        return (node.parents[0], at) if is_each and step.tape.shape(at) == shape[:1] else None
    return None


def _are_labels(step: Step, ref: Ref) -> bool:
    """Whether whole numbers came with the data, or were picked of it: the step has not reckoned or drawn them."""
    _, node = origin(step.tape, ref, _KEEPS)
    is_given = node.function is None or node.index < step.first or node.name in _PICKS
    return is_given and not node.dtypes[0].is_floating_point and node.dtypes[0] != torch.bool


def _learns_of_others(step: Step, scores: Ref, ref: Ref) -> bool:
    """Whether a loss has other labels for these scores: then this may be a place that was chosen in what was shown."""
    given, mine = _way(step, scores), _way(step, ref)
    losses = [node for node in step.tape.nodes[: step.last] if node.name in CLASS_LOSSES and len(node.parents) > 1]
    asked = [node.parents[1] for node in losses if not given.isdisjoint(_way(step, node.parents[0]))]
    return bool(asked) and all(mine.isdisjoint(_way(step, one)) for one in asked)


def _way(step: Step, ref: Ref) -> set[int]:
    return {one.node for one, _ in backwards(step.tape, ref, _KEEPS | _PICKS)}


def _ranked(step: Step, node: Node) -> Node | None:
    """What reads it as a number, whatever it was converted to and moved by on the way."""
    known = {node.ref}
    for other in step.tape.nodes[node.index + 1 : step.last]:
        if known.isdisjoint(other.parents):
            continue
        if len(other.parents) > 1:
            return None
        is_by_number = len(other.args) > 1 and isinstance(other.args[1], int | float)
        if other.name in _KEEPS or (other.name in SUMS and is_by_number):
            known.add(other.ref)
        else:
            return other if other.name in COMPARES or other.name in _RANKED else None
    return None


PROBE = Probe(
    "ranks are no orders",
    lambda look: order_for_rank(look.step),
    needs_no_run=True,
    in_evaluation=True,
)
