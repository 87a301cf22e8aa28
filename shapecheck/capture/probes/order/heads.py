"""Heads that were cut out of features or maps and turned, and are joined again without turning them back."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.rows.recuts import RESHAPES, exchanges_heads, permuted
from shapecheck.capture.instruments.tensors.makers import ELEMENTWISE
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted, turned_before
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix

_TURNS = frozenset(["transpose", "permute", "movedim"])
# From the cut of queries, keys and values to where their heads meet again.
_NEAR = 14
_KEPT = "each {} keeps its own numbers"


def heads_joined(step: Step) -> Iterator[Sighting]:
    """``(batch, heads, time, size)`` reshaped to ``(batch, time, heads * size)``: the numbers of one head lie in a row.

    Likewise to ``(batch, heads * size, height, width)``, where the features of each place have to go in front of the
    places. The sizes alone could be chance. That the same two axes were cut and turned a few operations before, out of
    a tensor of the shape that comes out, is none.
    """
    told: set[int] = set()
    for node in step.of_loss:
        if node.name not in RESHAPES or not node.parents or node.spot is None:
            continue
        put_back = _put_back(step, node)
        if put_back is not None and node.spot.line not in told:
            told.add(node.spot.line)
            yield put_back
            continue
        joined = _joined(step.tape.shape(node.parents[0]), node.shapes[0])
        heads = _heads(step.tape.shape(node.parents[0]), joined)
        if heads is None or node.spot.line in told or not _was_turned(step, node, joined, heads):
            continue
        try:
            step.run_with({node.index: _turned_back(node.shapes[0], joined, heads)})
        except Exception:
            # It does not fit, so it was not meant.
            continue
        told.add(node.spot.line)
        before = step.tape.shape(node.parents[0])
        text = (
            f"{before} has its {heads} heads in front of its {before[-2]} steps, and {node.name} to {node.shapes[0]} "
            "leaves the numbers in their order: what comes to stand at one step is a piece of one head at several steps"
        )
        fix = Fix("transpose(-3, -2) before the reshape", (), "call", _KEPT.format("step"))
        yield sighted("axes_renamed", node, text, (fix,))


def _joined(before: tuple[int, ...], out: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of joined heads, also where they are joined a step later: ``view(batch, time, heads, size)``."""
    return (*out[:-2], out[-2] * out[-1]) if exchanges_heads(before, out) else out


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
    """Whether such heads were cut out of the features and moved in front, on the way to here.

    What was cut may be wider than what is joined: queries, keys and values in one, or values of another size.
    """
    *front, steps, _ = joined
    for turn in _turns(step, node):
        *places, size = step.tape.shape(turn.parents[0])
        cut = step.node(turn.parents[0].node)
        is_cut = places == [*front, steps, heads] and cut.name in RESHAPES and bool(cut.parents)
        if is_cut and step.tape.shape(cut.parents[0]) == (*front, steps, heads * size):
            return turn.shapes[0] == (*front, heads, steps, size)
    return False


def _turns(step: Step, node: Node) -> Iterator[Node]:
    """What has turned axes on the way to a node, a few operations before it, the nearest first."""
    open_refs, seen = [(node.parents[0], 0)], set[Ref]()
    while open_refs:
        ref, hops = open_refs.pop()
        maker = step.node(ref.node)
        if ref in seen or hops > _NEAR or maker.function is None or ref.node < step.first or not maker.parents:
            continue
        seen.add(ref)
        if maker.name in _TURNS:
            yield maker
        open_refs += [(parent, hops + 1) for parent in maker.parents if parent in step.learned]


def _put_back(step: Step, node: Node) -> Sighting | None:
    """Places in front of the features of each head, reshaped to a map, in which the features go in front."""
    before, out = step.tape.shape(node.parents[0]), node.shapes[0]
    if len(before) < 3 or len(out) < 3 or not _is_of_places(before, out) or _goes_back(step, node):
        return None
    if not any(_was_cut_from_a_map(step, turn, before, out) for turn in _turns(step, node)):
        return None
    order = (*range(len(before) - 2), len(before) - 1, len(before) - 2)
    try:
        step.run_with({node.index: permuted(order, out)})
    except Exception:
        # It does not fit, so it was not meant.
        return None
    text = (
        f"{before} has its {before[-2]} places in front of the {before[-1]} features of each, and {node.name} to {out} "
        "leaves the numbers in their order: what comes to stand at one place is a piece of several others"
    )
    title = "transpose(-2, -1) before the reshape"
    return sighted("axes_renamed", node, text, (Fix(title, turned_before(node, order), "call", _KEPT.format("place")),))


def _is_of_places(before: tuple[int, ...], out: tuple[int, ...]) -> bool:
    """Whether the sizes are those of all places, with the features of one head behind them, and of a map of all heads.

    With as many features as places they do not say which is which, nor where the places may stay together as they are.
    """
    *front, places, size = before
    is_map = any(
        prod(out[at:]) == places and prod(out[:at]) == prod(front) * size and out[at - 1] % size == 0
        for at in range(2, len(out))
    )
    if not is_map or not 1 < size != places:
        return False
    ends = [at for at in range(len(out)) if prod(out[:at]) == prod(front)]
    return not any(prod(out[at:end]) == places for at in ends for end in range(at + 1, len(out) + 1))


def _goes_back(step: Step, node: Node) -> bool:
    """Whether something takes the shape away again, be it behind what leaves each number where it is."""
    before, reached = step.tape.shape(node.parents[0]), {node.ref}
    for reader in (step.node(index) for index in descendants(step.tape, reached, sorted(step.to_loss))):
        if reader.parents[0] in reached and reader.name in RESHAPES and reader.shapes[0] == before:
            return True
        if reader.parents[0] in reached and reader.name in ELEMENTWISE | {"dropout2d"}:
            reached.add(reader.ref)
    return False


def _was_cut_from_a_map(step: Step, turn: Node, before: tuple[int, ...], out: tuple[int, ...]) -> bool:
    """Whether a turn put the places of a map in front of the features, where they stand now."""
    source = turn.parents[0]
    (*front, size, places), turned = step.tape.shape(source), turn.shapes[0]
    cut = step.node(source.node)
    if turned != (*front, places, size) or turned[:-1] != before[:-1] or cut.name not in RESHAPES or not cut.parents:
        return False
    map_of = step.tape.shape(cut.parents[0])
    return len(map_of) > 2 and map_of[0] == out[0] and prod(map_of[2:]) == places


def _turned_back(out: tuple[int, ...], joined: tuple[int, ...], heads: int) -> Run:
    def run(tensor: Tensor, *_: Any, **__: Any) -> Tensor:
        apart = tensor.reshape(*joined[:-2], heads, joined[-2], joined[-1] // heads)
        return torch.transpose(apart, -3, -2).reshape(out)

    return run


PROBE = Probe(
    "heads are joined at the step that they belong to",
    lambda look: heads_joined(look.step),
)
