"""What belongs to the first batch of an evaluation: which calls, and which numbers that outlive it."""

from __future__ import annotations

from collections.abc import Iterator
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


def _is_trained(tape: Tape, root: Root) -> bool:
    """Whether a call was the first one of a training step, and no evaluation."""
    made = [node for node in tape.nodes[root.first : root.last] if node.function is not None]
    return root.training and has_parameters(root.module) and any(node.graded for node in made)


def added_up(tape: Tape, first: int) -> Iterator[Ref]:
    """What was added from a node on to a tensor that was there before: it is read when all batches are through."""
    for node in tape.nodes[first:]:
        if node.is_in_place and node.name == "add" and node.root < 0 and node.parents and node.parents[0].node < first:
            yield Ref(node.index)


__all__ = ["added_up", "goes_on_with"]
