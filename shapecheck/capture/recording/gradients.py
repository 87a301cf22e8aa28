"""Computes a gradient again that a script takes within a step: for a penalty, in an inner loop, in an equation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.recording.arguments import replaced
from shapecheck.capture.recording.tape import Node, Ref, Tape, refs_in, tensors_in

TAKE = torch.autograd.grad


def gradient_again(
    tape: Tape, node: Node, value_of: Callable[[Ref], Tensor | None], call: Callable[[Node, Any, Any], Any]
) -> Any:
    """The gradient, of what is computed anew from the tensors that it is taken with respect to.

    Args:
        tape: The tape.
        node: The call of ``torch.autograd.grad``.
        value_of: The value of a tensor as it is this time; None for what is not computed again.
        call: Calls a node with other arguments.
    """
    goals, sources = list(refs_in(node.args[0])), list(refs_in(node.args[1]))
    order = _between(tape, sources, goals, value_of)
    # A second derivative is the gradient of one that was taken before.
    inner = [ref for index in order if tape.nodes[index].function is TAKE for ref in refs_in(tape.nodes[index].args[1])]
    order = _between(tape, [*sources, *inner], goals, value_of)
    made = {Ref(index, at) for index in order for at in range(len(tape.nodes[index].shapes))} - set(sources)
    local = {ref: _leaf(value_of(ref)) for ref in (*sources, *inner) if ref not in made}

    def tensor_of(ref: Ref) -> Any:
        return local[ref] if ref in local else value_of(ref)

    with torch.enable_grad():
        for index in order:
            other = tape.nodes[index]
            if other.function is TAKE:
                result = _taken(other, tensor_of, create_graph=True)
            else:
                result = call(other, replaced(other.args, tensor_of), replaced(other.kwargs, tensor_of))
            for at, out in enumerate(tensors_in(result)):
                local.setdefault(Ref(index, at), out)
        return _taken(node, tensor_of, create_graph=False)


def _taken(node: Node, tensor_of: Callable[[Ref], Any], *, create_graph: bool) -> Any:
    goals, sources = replaced(node.args[0], tensor_of), replaced(node.args[1], tensor_of)
    given = replaced(node.kwargs.get("grad_outputs"), tensor_of)
    if next(tensors_in(given), None) is None:
        # The terms of a loss are not added up in a replay.
        goals, given = [goal.sum() for goal in tensors_in(goals)], None
    return TAKE(
        goals, sources, grad_outputs=given, create_graph=create_graph, retain_graph=True, allow_unused=True,
        is_grads_batched=bool(node.kwargs.get("is_grads_batched")),
        materialize_grads=bool(node.kwargs.get("materialize_grads")),
    )  # fmt: skip


def _leaf(value: Tensor | None) -> Tensor:
    if value is None:
        raise RuntimeError("what a gradient is taken with respect to is not there any more")
    return value.detach().clone().requires_grad_(value.is_floating_point())


def _between(tape: Tape, sources: list[Ref], goals: list[Ref], value_of: Callable[[Ref], Tensor | None]) -> list[int]:
    """The nodes on the way from some tensors to others, in order, as far as they are computed again."""
    found: set[int] = set()
    open_refs = list(goals)
    while open_refs:
        ref = open_refs.pop()
        node = tape.nodes[ref.node]
        if ref.node in found or ref in sources or node.function is None or value_of(ref) is None:
            continue
        found.add(ref.node)
        open_refs += node.parents
    reached = set(sources)
    order = []
    for index in sorted(found):
        if any(parent in reached for parent in tape.nodes[index].parents):
            order.append(index)
            reached |= {Ref(index, at) for at in range(len(tape.nodes[index].shapes))}
    return order
