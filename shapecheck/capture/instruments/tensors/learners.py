"""The parameters that the last losses have a gradient for: whose they are, and who reads them in a step."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn

from shapecheck.capture.instruments.tensors.graphs import graph_of
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref, Tape


def with_gradient(tape: Tape, losses: int) -> set[Ref]:
    """The parameters that some of the last losses have a gradient for."""
    carries: dict[int, bool] = {}
    graph = {index for loss, _ in tape.losses[-losses:] for index in graph_of(tape, loss, carries)}
    return {ref for index in graph for ref in tape.nodes[index].parents if tape.nodes[ref.node].kind == "parameter"}


def of_module(tape: Tape, module: nn.Module, learned: set[Ref]) -> dict[Ref, nn.Parameter]:
    """Those of a module among some parameters, by where they are on the tape."""
    found = {}
    for parameter in module.parameters():
        known = tape.known(parameter)
        if parameter.requires_grad and known is not None and known in learned:
            found[known] = parameter
    return found


def is_behind(step: Step, one: Iterable[Ref], other: Iterable[Ref]) -> bool:
    """Whether what some parameters compute is read by an operation that reads others, on the way to the loss."""
    order, wanted = sorted(step.to_loss), set(other)
    return any(wanted & set(step.node(index).parents) for index in descendants(step.tape, set(one), order))
