"""Which one step of each row is taken of the outputs of a model, by numbers."""

from __future__ import annotations

import torch
from torch import Tensor

from shapecheck.capture.recording.replay import replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref

PICKS = frozenset(["__getitem__", "select", "gather", "take_along_dim", "narrow"])
_SAME = frozenset(["detach", "clone", "to", "contiguous", "cpu", "softmax", "log_softmax", "sigmoid", "data"])


def same_steps(step: Step, output: Ref) -> set[Ref]:
    """An output, and what was made of it number by number or in each step for itself."""
    known = {output}
    for node in step.tape.nodes[output.node + 1 : step.last]:
        if node.name in _SAME and node.parents[:1] and node.parents[0] in known:
            known.add(node.ref)
    return known


def readers_of(step: Step, known: set[Ref]) -> list[Node]:
    """What reads any of these and makes something else of it."""
    nodes = step.tape.nodes[min(ref.node for ref in known) + 1 : step.last]
    return [node for node in nodes if not known.isdisjoint(node.parents) and node.ref not in known]


def step_of_each_row(step: Step, node: Node) -> Tensor | None:
    """(batch_size,): the step of each row that a node takes whole, in the order of the rows; None if it does not."""
    shape = step.tape.shape(node.parents[0]) if node.parents and node.name in PICKS else ()
    known = {ref: value for ref in node.parents[1:] if (value := step.value_of_input(ref)) is not None}
    if len(shape) != 3 or len(known) < len(set(node.parents[1:])):
        return None
    numbers = torch.arange(torch.Size(shape).numel()).reshape(shape)
    try:
        found = replay(step.tape, [node.index], {node.parents[0]: numbers}, known=known)[node.ref]
    except (KeyError, RuntimeError):
        return None
    found = found.reshape(-1, numbers.shape[-1]) if found.numel() % numbers.shape[-1] == 0 else found
    if found.ndim != 2 or not torch.equal(found, found[:, :1] + torch.arange(numbers.shape[-1])):
        return None
    places = found[:, 0] // numbers.shape[-1]
    for batch in (0, 1):
        size, steps = numbers.shape[batch], numbers.shape[1 - batch]
        rows, at = (places // steps, places % steps) if batch == 0 else (places % size, places // size)
        if len(places) == size and torch.equal(rows, torch.arange(size)):
            return at
    return None
