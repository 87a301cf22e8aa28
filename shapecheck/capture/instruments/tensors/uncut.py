"""Whether a loss has a gradient by some parameters once operations that cut it off hand on what they were given."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.recording.gradients import TAKE, gradient_again
from shapecheck.capture.recording.replay import in_evaluation, same_draws
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, tensors_in
from shapecheck.capture.recording.vocabulary import DETACHES
from shapecheck.capture.recording.warned import unwarned


def learns_without(step: Step, cuts: Collection[int], parameters: list[Ref]) -> bool:
    """Compute the loss once more without some cuts, and look whether a gradient arrives."""
    values = step.run()
    goals = [term.ref if term.without_reduction is None else Ref(term.node) for term in step.terms]

    def value_of(ref: Ref) -> Tensor | None:
        return values.get(ref, step.tape.held.get(ref))

    def call(node: Node, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if node.index in cuts and node.name in DETACHES:
            return args[0]
        args, kwargs = in_evaluation(node.name, args, {key: item for key, item in kwargs.items() if key != "out"})
        if node.is_in_place:
            args = (args[0].clone(), *args[1:])
        with torch.set_grad_enabled(node.graded or node.index in cuts):
            result = node.function(*args, **kwargs)  # type: ignore[misc]
        return args[0] if node.is_in_place else result

    for goal in goals:
        asked = Node(len(step.tape.nodes), TAKE, "grad", ([goal], parameters))
        try:
            with same_draws(), unwarned():
                found = gradient_again(step.tape, asked, value_of, call)
        except Exception:
            # This one hangs on none of them, does not run like this, or needs what is not there any more.
            continue
        if any(bool(gradient.abs().sum() > 0) for gradient in tensors_in(found)):
            return True
    return False
