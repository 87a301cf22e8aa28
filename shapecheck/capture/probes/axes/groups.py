"""Weights of the items of groups that sum to one over other items than those that are added up with them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from shapecheck.capture.instruments.rows.grouped import (
    Grouped,
    Weights,
    grouped,
    picked_by,
    sums_by_groups,
    unmoved,
    weights_of,
)
from shapecheck.capture.instruments.tensors.graphs import graph_of
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import Spot, statement_at
from shapecheck.findings import Edit, Fix
from shapecheck.reading.edits import expression

_GUARDS = frozenset(["add", "clamp", "clamp_min"])
# What makes a message of rows that were picked, edge by edge.
_MESSAGES = frozenset(["add", "sub", "mul", "cat", "linear", "matmul", "relu", "leaky_relu", "elu", "gelu", "tanh"])
_MOST = 32
_NEAR = 1e-3


def groups(step: Step) -> Iterator[Sighting]:
    """Weights that were learned, in a sum by groups: over each group, and over nothing else, they are to sum to one."""
    graph: set[int] | None = None
    for found in sums_by_groups(step):
        for weights in weights_of(step, found):
            value = step.value(weights.ref)
            if not value.is_floating_point() or value.shape[:1] != found.numbers.shape or bool((value < 0).any()):
                continue
            graph = graph if graph is not None else graph_of(step.tape, step.loss, {})
            node = step.node(weights.ref.node)
            if weights.ref.node not in graph or _sum_to_one(value, found.numbers, found.count):
                continue
            seen = _over_all(step, found, node, value) or _over_others(step, found, weights, node, value)
            if seen is not None:
                yield seen
                return


def _sum_to_one(value: Tensor, numbers: Tensor, count: int) -> bool:
    rows = value.reshape(len(value), -1)
    sums = rows.new_zeros(count, rows.shape[1]).index_add(0, numbers, rows)
    present = torch.bincount(numbers, minlength=count) > 0
    return bool(((sums[present] - 1).abs() < _NEAR).all())


def _over_all(step: Step, found: Grouped, node: Node, value: Tensor) -> Sighting | None:
    """The weights sum to one over the items of all groups, which lie one behind the other and have a target each."""
    numbers = found.numbers
    is_sorted = bool((numbers.diff() >= 0).all()) and len(numbers.unique()) == found.count  # type: ignore[no-untyped-call]
    if not is_sorted or found.count < 2 or found.count == len(numbers):
        return None
    if not any(step.tape.shape(target)[:1] == (found.count,) for target in step.targets):
        return None
    totals = value.reshape(len(value), -1).sum(0)
    if bool(((totals - 1).abs() > _NEAR).any()) or not _is_shared_out(step, node):
        return None
    text = (
        f"the weights {tuple(value.shape)} sum to one over all {len(numbers)} items, and what they weigh is added up "
        f"for each of {found.count} groups: what a group is given depends on the others in the batch"
    )
    edits = _by_group(found, node)
    return sighted("weights_of_other_groups", node, text, (Fix("divide by the sum of each group", edits, "no"),))


def _is_shared_out(step: Step, node: Node) -> bool:
    """A softmax along axis 0, or a division by the sum along it."""
    if node.name == "softmax":
        return axis_of(node, len(node.shapes[0])) == 0
    if node.name != "div" or len(node.parents) != 2:
        return False
    total = step.node(_unguarded(step, node.parents[1]).node)
    if total.name != "sum" or not torch.equal(step.value(total.parents[0]), step.value(node.parents[0])):
        return False
    return total.shapes[0] == () or axis_of(total, len(node.shapes[0])) == 0


def _unguarded(step: Step, ref: Ref) -> Ref:
    node = step.node(ref.node)
    return node.parents[0] if node.name in _GUARDS and len(node.parents) == 1 else ref


def _over_others(step: Step, found: Grouped, weights: Weights, node: Node, value: Tensor) -> Sighting | None:
    """The weights of edges sum to one over those that leave a node, and are added up over those that arrive.

    Told where the same nodes send and receive: what is handed out to others, such as to experts, may well be shared.
    """
    sent = _sent(step, found, weights.items)
    if sent is None or node.name != "div" or len(node.parents) != 2:
        return None
    read = picked_by(step, unmoved(step, _unguarded(step, node.parents[1]))) or picked_by(step, node.parents[1])
    total = grouped(step, step.node(unmoved(step, read[0]).node)) if read is not None else None
    if read is None or total is None or unmoved(step, total.items) != unmoved(step, node.parents[0]):
        return None
    if not _is_exponential(step, node.parents[0]):
        return None
    pick, senders, others = *sent, total.numbers
    if not torch.equal(senders, others) or torch.equal(others, found.numbers) or total.count != found.count:
        return None
    if not _sum_to_one(value, others, total.count):
        return None
    text = (
        f"the weights {tuple(value.shape)} of the edges sum to one over the edges that leave a node, and are added up "
        "over those that arrive at one: what a node receives is no mean of what its neighbours send"
    )
    place = _around(node.spot, found.node.spot)
    seen = sighted("weights_of_other_groups", node, text, (Fix("weights by the receiving node", (), "no"),))
    if place is None:
        return seen
    edits = _other_name(step, found, pick, place)
    return replace(seen, span=place.span, fixes=(Fix("weights by the receiving node", edits, "no"),))


def _sent(step: Step, found: Grouped, items: Ref) -> tuple[Ref, Tensor] | None:
    """The rows of nodes that a message was made of, and their numbers; None if it is of none, or of both ends."""
    rows = step.tape.shape(items)[:1]
    picks: dict[Ref, Tensor] = {}
    rest, seen = [items], set[Ref]()
    while rest and len(seen) < _MOST:
        ref = unmoved(step, rest.pop())
        if ref in seen or step.tape.shape(ref)[:1] != rows:
            continue
        seen.add(ref)
        picked = picked_by(step, ref)
        if picked is not None and step.tape.shape(picked[0])[:1] == (found.count,):
            picks[ref] = picked[1]
        elif step.node(ref.node).name in _MESSAGES:
            rest += step.node(ref.node).parents
    first = next(iter(picks), None)
    is_one = first is not None and all(torch.equal(numbers, picks[first]) for numbers in picks.values())
    return (first, picks[first]) if first is not None and is_one else None


def _is_exponential(step: Step, ref: Ref) -> bool:
    return step.node(unmoved(step, ref).node).name == "exp"


def _around(inner: Spot | None, outer: Spot | None) -> Spot | None:
    """The instruction around another one that stands in the same function as a third."""
    while inner is not None and outer is not None and inner.code is not outer.code:
        inner = inner.caller
    return inner


def _by_group(found: Grouped, node: Node) -> tuple[Edit, ...]:
    """The edit for ``weights / weights.sum()`` in the function that adds up."""
    division, spot, outer = node_at(node, ast.BinOp), node.spot, found.node.spot
    name = _argument(found.node, ("index",), 1)
    if spot is None or outer is None or spot.code is not outer.code or name is None or len(node.shapes[0]) != 1:
        return ()
    if not isinstance(division, ast.BinOp) or not isinstance(division.left, ast.Name):
        return ()
    own = division.left.id
    text = f"{own}.new_zeros(int({name}.max()) + 1).index_add(0, {name}, {own})[{name}]"
    return replaced_text(spot.code.co_filename, division.right, text)


def _other_name(step: Step, found: Grouped, pick: Ref, place: Spot) -> tuple[Edit, ...]:
    """The edit that gives the numbers of the receivers where those of the senders were given."""
    picked = node_at(step.node(pick.node), ast.Subscript)
    new = _argument(found.node, ("index",), 1)
    statement = statement_at(place.code.co_filename, place.line)
    if not isinstance(picked, ast.Subscript) or new is None or statement is None:
        return ()
    old = ast.unparse(picked.slice)
    read = [one for one in ast.walk(statement) if isinstance(one, ast.Name | ast.Subscript) and ast.unparse(one) == old]
    return replaced_text(place.code.co_filename, read[0], new) if len(read) == 1 and old != new else ()


def _argument(node: Node, names: tuple[str, ...], at: int) -> str | None:
    """The text of an argument of a method that is a plain name."""
    call = expression(node.spot.span.text) if node.spot is not None else None
    if not isinstance(call, ast.Call):
        return None
    given = next((word.value for word in call.keywords if word.arg in names), None)
    given = given or (call.args[at] if len(call.args) > at else None)
    return ast.unparse(given) if isinstance(given, ast.Name | ast.Subscript) else None


PROBE = Probe(
    "weights of items sum to one over each group",
    lambda look: groups(look.step),
)
