"""Axes that are split into places and what lies inside, and joined again with nothing turned in between."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from math import prod
from operator import mul

from shapecheck.capture.instruments.rows.recuts import permuted
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted, turned_before
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import CONVERTS, CUTS, CUTS_APART
from shapecheck.findings import Fix

Order = tuple[int, ...]


def patches_cut(step: Step) -> Iterator[Sighting]:
    """``x.view(n, h, p, w, p, c).reshape(n, h * w, p * p * c)``: a split and a join that undo each other.

    To cut patches out takes ``transpose`` or ``permute`` between the two, and so does putting patches back into an
    image. Where nothing reads the tensor of many axes but the join, the split of it had no effect at all.
    """
    for node in step.of_loss:
        if node.name not in CUTS or not node.parents:
            continue
        split = _split(step, node)
        if split is None:
            continue
        before, shape, after = step.tape.shape(split.parents[0]), split.shapes[0], node.shapes[0]
        groups = _parts(before, shape)
        if groups is None or after == before:
            continue
        for order in (*_cut_out(groups, shape, after), *_put_back(groups, shape, after)):
            try:
                step.run_with({node.index: permuted(order, after)})
            except Exception:
                continue
            text = (
                f"{before} is split into {shape} and joined to {after} right away: the numbers keep their order, and "
                "the split has no effect. Places and what lies inside a patch alternate there, so a row of what comes "
                "out holds pieces of several patches"
            )
            title = f"permute({', '.join(map(str, order))}) before the reshape"
            fix = Fix(title, turned_before(node, order), "call", "each patch lies where it belongs")
            yield sighted("patches_not_turned", node, text, (fix,))
            return


def _split(step: Step, node: Node) -> Node | None:
    """What split axes right before, if nobody else reads it."""
    _, made = origin(step.tape, node.parents[0], CONVERTS)
    if made.name not in CUTS_APART or not made.parents or made.index < step.first or len(made.shapes[0]) < 5:
        return None
    own = {made.ref}
    readers = [other for other in step.tape.nodes[made.index + 1 : step.last] if own & set(other.parents)]
    is_longer = len(made.shapes[0]) > max(len(step.tape.shape(made.parents[0])), len(node.shapes[0]))
    return made if is_longer and len(readers) == 1 else None


def _parts(whole: Order, parts: Order) -> list[list[int]] | None:
    """For each axis of a shape the axes that it was split into; None if they do not lie within each other."""
    found: list[list[int]] = []
    at = 0
    for size in whole:
        group: list[int] = []
        while at < len(parts) and (not group or prod(parts[axis] for axis in group) < size):
            group.append(at)
            at += 1
        if prod(parts[axis] for axis in group) != size:
            return None
        found.append(group)
    return found if at == len(parts) else None


def _cut_out(groups: list[list[int]], shape: Order, after: Order) -> Iterator[Order]:
    """The orders in which two axes that were split give rows of patches."""
    split = [group for group in groups if len(group) > 1]
    if (
        len(split) != 2
        or any(len(group) != 2 for group in split)
        or groups.index(split[1]) - groups.index(split[0]) > 1
    ):
        return
    places, inside = (split[0][0], split[1][0]), (split[0][1], split[1][1])
    if min(shape[axis] for axis in (*places, *inside)) < 2:
        return
    lead, rest = [*range(places[0])], [*range(inside[1] + 1, len(shape))]
    for order in (
        (*lead, *places, *inside, *rest),
        (*lead[:1], *places, *lead[1:], *inside, *rest),
        (*lead[:1], *places, *inside, *lead[1:], *rest),
    ):
        ends = {*accumulate((shape[axis] for axis in order), mul)}
        bounds = [*accumulate(after, mul)]
        behind = prod(shape[axis] for axis in order[: order.index(places[1]) + 1])
        joins = len(after) < len(shape) - 1
        if joins and set(bounds) <= ends and behind in bounds:
            yield order
            return


def _put_back(groups: list[list[int]], shape: Order, after: Order) -> Iterator[Order]:
    """The orders in which places and the positions in each patch give an image."""
    inside = groups[-1]
    if len(inside) not in (2, 3) or len(groups) < 3:
        return
    first = inside[0]
    rows, columns = first - 2, first - 1
    if rows < 1 or [*range(rows)] != [axis for axis in range(first) if axis not in (rows, columns)]:
        return
    if not all(len(group) == 1 or group == [rows, columns] for group in groups[:-1]):
        return
    for two in ((0, 1), (1, 2)) if len(inside) == 3 else ((0, 1),):
        across = [inside[at] for at in two]
        channels = [axis for axis in inside if axis not in across]
        sizes = (shape[rows] * shape[across[0]], shape[columns] * shape[across[1]])
        lead = tuple(range(rows))
        if min(shape[axis] for axis in (rows, columns, *across)) < 2:
            continue
        image = (rows, across[0], columns, across[1])
        held = tuple(shape[axis] for axis in channels)
        for order, wanted in (
            ((*lead, *image, *channels), (*shape[:rows], *sizes, *held)),
            ((*lead, *channels, *image), (*shape[:rows], *held, *sizes)),
        ):
            if after == wanted:
                yield order
                return


PROBE = Probe(
    "what is split into patches is turned before it is joined again",
    lambda look: patches_cut(look.step),
)
