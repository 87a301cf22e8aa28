"""What belongs to the first batch of an evaluation: which calls, and which numbers that outlive it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import nn

from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import has_parameters
from shapecheck.capture.recording.tape import Ref, Root, Tape, tensors_in

# What writes a sequence calls its model for every step of it; a few calls show what is measured.
_MOST_CALLS = 4


def goes_on_with(tape: Tape, first: int, module: nn.Module, inputs: Any) -> bool:
    """Whether a call is about the batch that is evaluated already: a loss, another model, the same one once more.

    Args:
        tape: The tape.
        first: The first node of the evaluation.
        module: What is called.
        inputs: What it is called with, also by name.
    """
    roots = [root for root in tape.roots if root.first >= first]
    if any(_is_trained(tape, root) for root in roots):
        return False
    if not has_parameters(module):
        return True
    if module.training and torch.is_grad_enabled():
        return False
    if sum(has_parameters(root.module) for root in roots) >= _MOST_CALLS:
        return False
    given = {tape.ref(tensor) for tensor in tensors_in(inputs)}
    known = {ref for root in roots for ref in (*root.inputs, *root.named.values(), *root.outputs)}
    made = {ref.node for ref in known if ref.node >= first}
    return bool(given & known) or not made.isdisjoint(ancestors(tape, given, first))


def is_part_of(module: nn.Module, root: Root) -> bool:
    """Whether a module is what was called, or a part of it."""
    return any(part is module for part in root.module.modules())


def _is_trained(tape: Tape, root: Root) -> bool:
    """Whether a call was the first one of a training step, and no evaluation."""
    made = [node for node in tape.nodes[root.first : root.last] if node.function is not None]
    return root.training and has_parameters(root.module) and any(node.graded for node in made)


def added_up(tape: Tape, first: int, last: int | None = None) -> Iterator[Ref]:
    """What is read when all batches are through: it was added to a tensor that was there before, or is kept for later.

    Kept are single numbers, guesses and hits; of what else becomes of nothing in the batch nobody knows what it is for.

    Args:
        tape: The tape.
        first: The node from which on it was made.
        last: The node behind the last one to look at.
    """
    read = {ref for node in tape.nodes[first:last] for ref in node.parents}
    made = {ref for root in tape.roots if root.first >= first for ref in root.outputs}
    for node in tape.nodes[first:last]:
        if node.root >= 0 or not node.parents:
            continue
        is_of_outputs = not made.isdisjoint(node.parents)
        if is_of_outputs:
            made |= set(node.outs)
        for ref in (Ref(node.index, out) for out in range(len(node.shapes)) if is_of_outputs):
            if ref not in read and (tape.shape(ref) == () or not tape.dtype(ref).is_floating_point):
                yield ref
        if node.is_in_place and node.name == "add" and _was_there(tape, node.parents[0], first):
            yield node.ref


def _was_there(tape: Tape, ref: Ref, first: int) -> bool:
    """Whether a tensor was there before a node; one that was made while nobody listened is known since it was read."""
    node = tape.nodes[ref.node]
    return ref.node < first or (node.kind == "data" and not node.collated)


def ends_unannounced(tape: Tape, first: int) -> bool:
    """Whether from a node on nothing is heard but a model that has learned, asked in the same way at a new place."""
    before = [root for root in tape.roots if root.first < first]
    later = [root for root in tape.roots if root.first >= first]
    if not later or len({root.graded for root in later}) > 1 or not later[0].training or later[0].spot is None:
        return False
    known = {root.spot.place for root in before if root.spot is not None and root.graded == later[0].graded}
    has_learned = any(root.graded and is_part_of(later[0].module, root) for root in before)
    return has_learned and later[0].spot.place not in known


def is_measured(tape: Tape, first: int, roots: Iterable[Root]) -> bool:
    """Whether a number that is read, or what is added up of all batches, was made of what some calls returned."""
    outputs = {ref.node for root in roots for ref in root.outputs}
    later = [ref for ref in tape.escaped if ref.node >= first]
    numbers = [ref for ref in later if tape.shape(ref) == () or tape.nodes[ref.node].name == "add"]
    return any(not outputs.isdisjoint(ancestors(tape, [ref], first)) for ref in numbers)
