"""Summaries of blocks of steps that are handed to steps of the same block, which see what comes later in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.steps.asked import Own
from shapecheck.capture.instruments.steps.causal import Remedy
from shapecheck.capture.instruments.trials.separation import difference, replaced_item
from shapecheck.capture.recording.replay import Run, ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import NOISE, RANDOM

# What makes codes of a block that a decoder is rightly told: it is drawn, or the nearest of a table.
CODES = RANDOM | NOISE | {"gumbel_softmax", "argmin", "cdist"}
_MAX_ROUNDS = 4
# Where an item moves each of the tensors first, by axis.
_Firsts = dict[tuple[Ref, int], dict[int, int]]


def summaries_handed_on(step: Step, own: Own) -> Remedy | None:
    """Summaries of blocks, each handed on to the next block; None where nothing of the kind lets later steps be seen.

    Each step must know itself by another way: what has nothing but codes of whole blocks encodes and decodes them.
    """
    instead: dict[int, Run] = {}
    first: Node | None = None
    for _ in range(_MAX_ROUNDS):
        spread = _spread(step, own, instead)
        if spread is None:
            break
        node, axis, count = spread
        first = first or node
        instead |= dict.fromkeys(
            (other.index for other in step.nodes if other is node or other.repeats(node)),
            _moved_on(node, axis, count),
        )
    if first is None or not all(bool((own.moved(step, item, instead) == item + 1).any()) for item in (0, 1)):
        return None
    return Remedy("future_seen_in_summaries", first, "the summary of each block for the next block", instead)


def _spread(step: Step, own: Own, instead: dict[int, Run]) -> tuple[Node, int, int] | None:
    """The first operation that hands summaries to the steps of their own blocks, its axis of steps, and their size."""
    size = step.tape.shape(own.source)[own.axis]
    firsts = _firsts(step, own, _items(size), instead)
    for (ref, axis), moved in firsts.items():
        length = step.tape.shape(ref)[axis]
        count = _size_of_blocks(moved, length) if length in (size, size - 1) and ref.node not in instead else 0
        if count and not is_code(step, ref) and _is_summed_up(step, ref, firsts, length, count):
            return step.node(ref.node), axis, count
    return None


def _items(size: int) -> list[int]:
    """Items that tell blocks of any size from each other, neighbours among them; the last may only be asked for."""
    return sorted({0, 1, 2, 3, 5, 7, size // 2 - 1, size // 2, size - 3, size - 2} & set(range(size - 1)))


def _firsts(step: Step, own: Own, items: Iterable[int], instead: dict[int, Run]) -> _Firsts:
    """Where along each axis of what depends on the input some of its items move it first, in order of the tape."""
    base, found = step.run_with(instead), _Firsts()
    for item in items:
        after = step.changed(own.source, replaced_item(step.value(own.source), own.axis, item), instead)
        for ref in after.keys() & base.keys() - {own.source}:
            moved = difference(base[ref], after[ref])
            if moved.shape == step.tape.shape(ref) and bool(moved.any()):
                for axis in range(moved.ndim):
                    lines = moved.movedim(axis, 0).reshape(moved.shape[axis], -1).any(1)
                    found.setdefault((ref, axis), {})[item] = int(lines.int().argmax())
    return dict(sorted(found.items(), key=lambda item: (item[0][0].node, item[0][0].out)))


def _size_of_blocks(moved: dict[int, int], length: int) -> int:
    """How large the blocks are where each step moves all of its own from their first step on; 0 where it does not."""
    if len(moved) < 3:
        return 0
    sizes = range(2, length // 2 + 1)
    return next((size for size in sizes if all(at == item - item % size for item, at in moved.items())), 0)


def _is_summed_up(step: Step, ref: Ref, firsts: _Firsts, length: int, count: int) -> bool:
    """Whether it was made of something that has one item for each block, and none for the steps within."""
    above = set(ancestors(step.tape, [ref], step.first)) - {ref.node}
    blocks = -(-length // count)
    for (made, axis), moved in firsts.items():
        shape = step.tape.shape(made)
        is_of_blocks = made.node in above and shape[axis] == blocks and count not in shape[:axis] + shape[axis + 1 :]
        if is_of_blocks and all(at == item // count for item, at in moved.items()):
            return True
    return False


def is_code(step: Step, ref: Ref) -> bool:
    """Whether a tensor was drawn, or made of the nearest of a table, which a decoder is rightly told."""
    return any(step.node(index).name in CODES for index in ancestors(step.tape, [ref], step.first))


def _moved_on(node: Node, axis: int, count: int) -> Run:
    """The same, with each block given what the one before it was given, and the first one nothing."""

    def run(*args: Any, **kwargs: Any) -> Tensor:
        out: Tensor = node.function(*args, **kwargs)  # type: ignore[misc]
        nothing = torch.zeros_like(out.narrow(axis, 0, count))
        return torch.cat([nothing, out.narrow(axis, 0, out.shape[axis] - count)], axis)

    return run
