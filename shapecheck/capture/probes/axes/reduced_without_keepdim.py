"""Reductions of a tensor that meet that tensor again, each number beside the numbers of another item than its own."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.kept_axes import MEETS
from shapecheck.capture.instruments.axes.met_again import (
    Meeting,
    held_gradients,
    is_laid_otherwise,
    is_told_by_numbers,
    meeting,
)
from shapecheck.capture.instruments.axes.reductions import REDUCTIONS, edited, keeping, reduced_axes
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.replay import Run, ancestors, descendants, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, SCALES, TOTALS, TURNS
from shapecheck.findings import Fix

_SAME = 1e-4


def reduced_without_keepdim(look: Look) -> Iterator[Sighting]:
    """``g / g.norm(dim=(1, 2))`` with as many columns as matrices: column k is divided by the norm of matrix k.

    Axes are aligned from the right. A table whose two axes hold the same things is left alone: there the sum of a row
    may well stand beside a column, as the degree of a node does beside all that leads to it. So is one of which only
    such items are read in the end as meet their own number either way.
    """
    step = look.step
    # What a script made ready for the first step is looked at with that.
    first = step.tape.evaluated_from if look.before is None else min(step.first, look.before.last)
    told: dict[object, list[Meeting]] = {}
    for index in range(first, step.last):
        met = meeting(step, step.node(index))
        if met is None or met.made.spot is None or is_laid_otherwise(step, met.made):
            continue
        if _is_summed_again(step, met) or _is_weighed_by_its_own(step, met):
            continue
        if is_told_by_numbers(step, met) and not _is_read_alike(step, met):
            told.setdefault(met.made.spot.code, []).append(met)
    for alike in told.values():
        yield _told(step, alike)


def _is_summed_again(step: Step, met: Meeting) -> bool:
    """Whether a table that meets its own sums is summed along the same axes at once, and read by nobody else.

    ``(a * a.sum(1)).sum(1)`` is the product of the table and its sums, written out: what each leads to, and how much
    that has. Beside their own rows the sums could have stood behind the second sum, which then were nothing new.
    """
    long = max(met.node.parents, key=lambda ref: len(step.tape.shape(ref)))
    is_scaled = (
        met.node.name in SCALES and met.made.name in TOTALS and origin(step.tape, long, CONVERTS)[0] == met.source
    )
    if not is_scaled or not {*met.lands.values()} <= {*met.axes}:
        return False
    reached, is_summed = {Ref(met.node.index)}, False
    for index in range(met.node.index + 1, step.last):
        node = step.node(index)
        if reached.isdisjoint(node.parents):
            continue
        if node.name in CONVERTS:
            reached.add(Ref(index))
        elif node.name in TOTALS and reduced_axes(step, node) == met.axes:
            is_summed = True
        else:
            return False
    return is_summed


def _is_weighed_by_its_own(step: Step, met: Meeting) -> bool:
    """Whether the sums of a table are multiplied with it as they are, and its axes hold the same things.

    They do where it is laid upon its own transpose. Divided by its sums it may be meant to be normalised all the same.
    """
    long, short = sorted(met.node.parents, key=lambda ref: -len(step.tape.shape(ref)))
    is_plain = met.made.name in TOTALS and origin(step.tape, short, CONVERTS)[0].node == met.made.index
    if met.node.name != "mul" or not is_plain or origin(step.tape, long, CONVERTS)[0] != met.source:
        return False
    turned = set[Ref]()
    for index in range(met.source.node + 1, step.last):
        node = step.node(index)
        if node.name in MEETS and met.source in node.parents and not turned.isdisjoint(node.parents):
            return True
        first = node.parents[0] if node.parents else None
        if node.name in TURNS - CONVERTS and first == met.source and _is_turned(step, node, met):
            turned.add(Ref(index))
    return False


def _is_turned(step: Step, node: Node, met: Meeting) -> bool:
    """Whether a move lays each axis along the one that it is in doubt with."""
    shape = step.tape.shape(met.source)
    try:
        numbers = torch.arange(prod(shape)).reshape(shape)
        swapped = node.function(numbers, *node.args[1:], **node.kwargs)  # type: ignore[misc]
    except Exception:
        return False
    return all(torch.equal(swapped, numbers.transpose(axis, at)) for axis, at in met.lands.items())


def _told(step: Step, alike: list[Meeting]) -> Sighting:
    met = min(alike, key=lambda one: one.made.index)
    shape, made = step.tape.shape(met.source), met.made
    axis, at = next(iter(met.lands.items()))
    line = met.node.spot.line if met.node.spot is not None else 0
    text = (
        f"{made.name} of {shape} leaves {made.shapes[0]}, and this meets {shape} again in line {line}. Axes are "
        f"aligned from the right: what was made of item k of axis {axis} lies beside item k of axis {at}, of all "
        f"items, since both axes have {shape[axis]}"
    )
    runs: dict[int, Run] = {one.made.index: keeping(one.made, one.axes) for one in alike if _is_plain(one)}
    is_run = len(runs) == len(alike) and runs.keys() <= {*step.order}
    is_call = len(runs) == len(alike) and all(one.made.name in REDUCTIONS for one in alike)
    edits = edited(dict.fromkeys(one.made for one in alike)) if is_call else ()
    fix = Fix(
        "keepdim=True" if is_call else "the axes that are gone put back with None",
        edits,
        tried(step, runs) if is_run else "no",
    )
    return sighted("reduced_without_keepdim", made, text, (fix,))


def _is_plain(met: Meeting) -> bool:
    return met.made.parents[0] == met.source


def _is_read_alike(step: Step, met: Meeting) -> bool:
    """Whether all that is made of a table in the end stays the same with each number beside its own items.

    ``(table - table.logsumexp(1)).diagonal()`` does: item (k, k) meets number k whichever way they lie. So does the sum
    of all that a mask keeps which is its own transpose.
    """
    tape, node = step.tape, met.node
    behind = descendants(tape, {node.ref}, range(node.index + 1, step.last))
    read = {ref for index in behind for ref in step.node(index).parents}
    ends = [index for index in behind if step.node(index).shapes and read.isdisjoint(step.node(index).outs)]
    if not ends:
        return False
    short = min(node.parents, key=lambda ref: len(tape.shape(ref)))

    def beside_its_own(*args: Any, **kwargs: Any) -> Any:
        given = [_kept(item, met.axes) if node.args[at] == short else item for at, item in enumerate(args)]
        return node.function(*given, **kwargs)  # type: ignore[misc]

    refs = [Ref(index) for index in ends]
    try:
        order = ancestors(tape, refs, step.first if node.index >= step.first else 0)
        held = held_gradients(step, order)
        before = replay(tape, order, instead=held)
        after = replay(tape, order, instead={**held, node.index: beside_its_own})
        return all(not bool(difference(before[ref], after[ref], _SAME).any()) for ref in refs)
    except Exception:
        # It does not fit, or cannot be run again.
        return False


def _kept(value: Tensor, axes: tuple[int, ...]) -> Tensor:
    for axis in axes:
        value = value.unsqueeze(axis)
    return value


PROBE = Probe(
    "what a reduction leaves meets the items that it was made of",
    reduced_without_keepdim,
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
    # Where samples are mixed by it, that is told.
    turn=Turn.LAST,
)
