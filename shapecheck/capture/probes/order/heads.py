"""Heads that were cut out of the features and moved in front of time, and are joined again without moving them back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.rows.recuts import RESHAPES
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix

_TURNS = frozenset(["transpose", "permute", "movedim"])
# From the cut of queries, keys and values to where their heads meet again.
_NEAR = 14


def heads_joined(step: Step) -> Iterator[Sighting]:
    """``(batch, heads, time, size)`` reshaped to ``(batch, time, heads * size)``: the numbers of one head lie in a row.

    The sizes alone could be chance. That the same two axes were cut and turned a few operations before, out of a
    tensor of the shape that comes out, is none.
    """
    told: set[int] = set()
    for index in step.order:
        node = step.node(index)
        if node.name not in RESHAPES or index not in step.to_loss or not node.parents or node.spot is None:
            continue
        joined = _joined(step.tape.shape(node.parents[0]), node.shapes[0])
        heads = _heads(step.tape.shape(node.parents[0]), joined)
        if heads is None or node.spot.line in told or not _was_turned(step, node, joined, heads):
            continue
        try:
            step.run_with({index: _turned_back(node.shapes[0], joined, heads)})
        except Exception:
            # It does not fit, so it was not meant.
            continue
        told.add(node.spot.line)
        before = step.tape.shape(node.parents[0])
        text = (
            f"{before} has its {heads} heads in front of its {before[-2]} steps, and {node.name} to {node.shapes[0]} "
            "leaves the numbers in their order: what comes to stand at one step is a piece of one head at several steps"
        )
        fix = Fix("transpose(-3, -2) before the reshape", (), "call", "each step keeps its own numbers")
        yield sighted("axes_renamed", node, text, (fix,))


def _joined(before: tuple[int, ...], out: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of joined heads, also where they are joined a step later: ``view(batch, time, heads, size)``."""
    is_renamed = len(before) == len(out) > 3 and (*before[:-3], before[-2], before[-3], before[-1]) == out
    return (*out[:-2], out[-2] * out[-1]) if is_renamed else out


def _heads(before: tuple[int, ...], out: tuple[int, ...]) -> int | None:
    """How many heads are joined, if each of them comes to stand in front of the steps."""
    if len(before) < 3 or len(out) < 2 or before[-2] != out[-2] or before[-2] < 2 or out[-1] % before[-1]:
        return None
    heads = out[-1] // before[-1]
    if heads < 2 or heads == before[-2]:
        # With as many heads as steps the sizes do not say which is which.
        return None
    if len(before) == len(out) + 1:
        return heads if before[:-2] == (*out[:-2], heads) else None
    is_flat = len(before) == len(out) == 3 and before[0] == out[0] * heads
    return heads if is_flat else None


def _was_turned(step: Step, node: Node, joined: tuple[int, ...], heads: int) -> bool:
    """Whether such heads were cut out of the features and moved in front, on the way to here."""
    *front, steps, width = joined
    size = step.tape.shape(node.parents[0])[-1]
    open_refs, seen = [(node.parents[0], 0)], set[Ref]()
    while open_refs:
        ref, hops = open_refs.pop()
        maker = step.node(ref.node)
        if ref in seen or hops > _NEAR or maker.function is None or ref.node < step.first or not maker.parents:
            continue
        seen.add(ref)
        source = maker.parents[0]
        if maker.name in _TURNS and step.tape.shape(source) == (*front, steps, heads, size):
            cut = step.node(source.node)
            if cut.name in RESHAPES and cut.parents and step.tape.shape(cut.parents[0]) == (*front, steps, width):
                return step.tape.shape(ref) == (*front, heads, steps, size)
        open_refs += [(parent, hops + 1) for parent in maker.parents if parent in step.learned]
    return False


def _turned_back(out: tuple[int, ...], joined: tuple[int, ...], heads: int) -> Run:
    def run(tensor: Tensor, *_: Any, **__: Any) -> Tensor:
        apart = tensor.reshape(*joined[:-2], heads, joined[-2], joined[-1] // heads)
        return torch.transpose(apart, -3, -2).reshape(out)

    return run


PROBE = Probe(
    "heads are joined at the step that they belong to",
    lambda look: heads_joined(look.step),
)
