"""Does it matter at which place of the batch a sample stands?"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.steps.chained import chains
from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.instruments.trials.alternatives import alternatives, axis_of
from shapecheck.capture.instruments.trials.separation import Moves, difference, separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix

_RUNNING = frozenset(["cumsum", "cumprod", "logcumsumexp", "cummax", "cummin"])


def place_counts(step: Step, ways: list[Way]) -> Iterator[Sighting]:
    """Numbers that add up or multiply along the samples, beside an axis of steps that were made one from another.

    The samples stay apart, since the numbers are the same for all of them. But a sample at the end of the batch is
    given others than one at its beginning: with all samples in another order the terms of the loss are others.
    """
    running = [node for node in step.of_loss if _is_running(step, node.index)]
    lengths = {len(made) for made in chains(step)} if running else set()
    for way in ways if lengths else ():
        if len(way.apart) != 1:
            continue
        axis = way.apart[0]
        size = step.tape.shape(way.source)[axis]
        order = torch.randperm(size, generator=torch.Generator().manual_seed(size))
        for node in running:
            shape = step.tape.shape(node.parents[0])
            for other in alternatives(step, node.index):
                if other.kind != "along" or not isinstance(other.new, int) or shape[other.old] != size:
                    continue
                if shape[other.new] not in lengths or shape[other.new] == size:
                    continue
                if _counts(step, way, axis, order, None) and _counts(step, way, axis, order, other.instead) is False:
                    yield _told(step, way, axis, node, other)
                    return


def _is_running(step: Step, index: int) -> bool:
    node = step.node(index)
    return node.name in _RUNNING and axis_of(node, len(node.shapes[0])) is not None and len(node.shapes[0]) > 1


def _counts(step: Step, way: Way, axis: int, order: Tensor, instead: dict[int, Run] | None) -> bool | None:
    """Whether with the samples in another order some terms are others than before in that order; None if unknown."""
    size = len(order)
    changed: dict[Ref, Tensor] = {way.source: step.value(way.source).index_select(axis, order)}
    for ref in [*step.inputs, *step.targets]:
        places = [at for at, length in enumerate(step.tape.shape(ref)[:2]) if length == size]
        if places and ref not in changed:
            changed[ref] = step.value(ref).index_select(places[0], order)
    try:
        base = step.run_with(instead)
        after = step.rearranged(changed, instead)
    except Exception:
        return None
    moves: Moves = way.moves[axis]
    found = False
    for term in step.terms:
        axes = separate_axes(moves.masks(term.ref))
        if len(axes) != 1 or term.ref not in after or base[term.ref].shape[axes[0]] != size:
            return None
        found |= bool(difference(base[term.ref].index_select(axes[0], order), after[term.ref]).any())
    return found


def _told(step: Step, way: Way, axis: int, node: Node, other: Alternative) -> Sighting:
    shape = step.tape.shape(node.parents[0])
    text = (
        f"{node.name} runs along axis {other.old} of {shape}, and the terms of the loss have the {shape[other.old]} "
        f"samples of axis {axis} of the input {step.tape.shape(way.source)} there: with the samples in another order, "
        f"each has other terms than before. Axis {other.new} holds steps, each made from the one before"
    )
    fix = Fix(other.title, other_axis(node, other.new), "call", "the order of the samples does not count")
    return sighted("reduced_along_batch", node, text, (fix,))


PROBE = Probe(
    "the place of a sample in the batch does not count",
    lambda look: place_counts(look.step, look.ways),
    turn=Turn.FIRST,
    of_samples=True,
)
