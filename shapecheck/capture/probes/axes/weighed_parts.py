"""Shares of a softmax that are taken apart along another axis, and weigh what is added up there."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.alternatives import axis_of, with_axis
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import HANDS_ON, POOLS, SPLITS, TOTALS
from shapecheck.findings import Fix

_PARTS = SPLITS | {"__getitem__", "select", "narrow", "unbind"}
_MOST_PARTS = 16
# How far what was added up is followed to see whether it is reduced at once.
_NEAR = 4


def weighed_parts(step: Step) -> Iterator[Sighting]:
    """``w = scores.softmax(1)`` and ``w[..., :1] * one + w[..., 1:] * other``: the two are to share one between them.

    Where what comes out is pooled at once, the shares may be those of its items, as of each head of an attention.
    """
    for node in step.of_loss:
        if node.name != "softmax" or not node.parents:
            continue
        shape = step.tape.shape(node.ref)
        along = axis_of(node, len(shape))
        for axis in reversed(range(len(shape))):
            if along is None or axis == along or shape[along] < 2 or not 2 <= shape[axis] <= _MOST_PARTS:
                continue
            products = _products(step, node, axis)
            total = _sum_of(step, products) if products is not None else None
            if total is None or _is_pooled(step, total):
                continue
            text = (
                f"the weights {shape} sum to one along axis {along}; what they weigh is taken apart along axis {axis} "
                f"and added up there, where the sum of the {shape[axis]} is any number"
            )
            new = axis - len(shape)
            run = with_axis(node, new)
            fix = Fix(f"dim={new}", other_axis(node, new), tried(step, {node.index: run}), "the parts share one")
            yield sighted("weights_along_other_axis", node, text, (fix,))
            return


def _products(step: Step, shares: Node, axis: int) -> list[Node] | None:
    """For each item of an axis the one product that it is a factor of; None where an item has none, or several."""
    values = step.known(shares.ref)
    if values is None:
        return None
    items = [item.flatten() for item in values.unbind(axis)]
    found: dict[int, list[Node]] = {}
    for product in step.of_loss:
        for ref in product.parents if product.name == "mul" else ():
            part = _part_of(step, ref, shares.ref)
            held = step.known(part) if part is not None else None
            if held is not None and held.numel() == items[0].numel():
                at = [place for place, item in enumerate(items) if torch.equal(held.flatten(), item)]
                for place in at if len(at) == 1 else ():
                    found.setdefault(place, []).append(product)
    is_whole = len(found) == len(items) and all(len(products) == 1 for products in found.values())
    return [found[place][0] for place in range(len(items))] if is_whole else None


def _part_of(step: Step, ref: Ref, shares: Ref) -> Ref | None:
    """The part that a factor is, if it was taken out of the shares, and only laid otherwise since."""
    for found, node in backwards(step.tape, ref, HANDS_ON | _PARTS, first=step.first):
        if node.name in _PARTS and node.parents[0] == shares:
            return found
    return None


def _sum_of(step: Step, products: list[Node]) -> Node | None:
    """What all of some products are added up in, and nothing but sums lies between."""
    sums = [set(_sums_above(step, product)) for product in products]
    common = set.intersection(*sums)
    return step.node(min(common)) if common else None


def _sums_above(step: Step, node: Node) -> Iterator[int]:
    for reader in step.readers(node):
        if reader.name == "add":
            yield reader.index
            yield from _sums_above(step, reader)


def _is_pooled(step: Step, total: Node) -> bool:
    """Whether what was added up is reduced soon."""
    near = {total.index}
    for _ in range(_NEAR):
        near |= {reader.index for index in near for reader in step.readers(step.node(index))}
    return any(step.node(index).name in TOTALS | POOLS for index in near)


PROBE = Probe(
    "shares that weigh several parts sum to one over these",
    lambda look: weighed_parts(look.step),
)
