"""What is added to a sequence and left in its padding alone: of the real steps nobody is told where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.padded import Padding, paddings
from shapecheck.capture.instruments.padding.padding_masks import weighted
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import HANDS_ON, SHIFTS
from shapecheck.findings import Fix

_FORMS = HANDS_ON | {"float", "expand", "expand_as"}
_SHARE = 0.5


def added_to_padding(step: Step) -> Iterator[Sighting]:
    """``h + codes * padding``, where the codes differ from step to step, and none of them reaches the loss.

    One vector for all the padding may be meant, and so may what stands there instead of what a mask has taken away. But
    codes of the steps are for the steps that are read.
    """
    for padding in (one for one in paddings(step) if one.is_said):
        for node in map(step.node, sorted(step.to_loss)):
            mask = _mask_of(step, node, padding) if node.name == "mul" and len(node.parents) == 2 else None
            if mask is None or node.spot is None:
                continue
            codes = next(ref for ref in node.parents if ref != mask)
            if not _differs_along_steps(step, codes, padding) or not _is_added_to_what_is_kept(step, node, padding):
                continue
            if _reaches_nothing(step, node) and _reaches_something(step, node, mask):
                text = (
                    f"{int(padding.hidden.sum())} of {padding.hidden.numel()} positions are padding ({padding.why}), "
                    "and what is added here is multiplied by a mask that is one just there: with zeros in its place "
                    "no term of the loss moved, and with the mask turned round they did"
                )
                fix = Fix("codes * ~mask", (), "call", "what is added reaches the real steps")
                yield sighted("mask_turned_round", node, text, (fix,))
                return


def _mask_of(step: Step, node: Node, padding: Padding) -> Ref | None:
    """The factor that is one just where there is padding."""
    return next((ref for ref in node.parents if _is_mask(step, ref, padding.along_last())), None)


def _is_mask(step: Step, ref: Ref, hidden: Tensor) -> bool:
    if ref in step.learned:
        return False
    value = step.value(ref)
    sizes = [size for size in value.shape if size > 1]
    for one in (hidden, hidden.t()):
        if sizes == [*one.shape]:
            return torch.equal(value.reshape(one.shape).double(), one.double())
    return False


def _differs_along_steps(step: Step, codes: Ref, padding: Padding) -> bool:
    """Whether what is multiplied has something of its own for most of the steps."""
    value, count = step.value(codes), padding.along_last().shape[1]
    axes = [axis for axis, size in enumerate(value.shape[:-1]) if size == count]
    if len(axes) != 1 or not value.is_floating_point():
        return False
    first, later = value.narrow(axes[0], 0, count - 1), value.narrow(axes[0], 1, count - 1)
    rest = [axis for axis in range(value.ndim) if axis != axes[0]]
    return bool((first != later).any(dim=rest).float().mean() > _SHARE)


def _is_added_to_what_is_kept(step: Step, node: Node, padding: Padding) -> bool:
    """Whether the first that reads it adds it to something that was not masked itself."""
    made = {node.ref}
    for other in step.all_of_loss:
        if other.index <= node.index or not made & set(other.parents):
            continue
        if other.name in _FORMS or other.name == "dropout":
            made.add(other.ref)
            continue
        rest = [ref for ref in other.parents if ref not in made]
        if other.name not in SHIFTS or len(rest) != 1:
            return False
        return not any(_keeps(step, one, padding) for _, one in backwards(step.tape, rest[0], _FORMS, first=step.first))
    return False


def _keeps(step: Step, node: Node, padding: Padding) -> bool:
    """Whether it takes away what stands in the padding: then something else may be put there."""
    masks = node.parents if node.name == "mul" else node.parents[1:] if node.name in ("masked_fill", "where") else ()
    if node.name == "where":
        masks = node.parents
    hidden = padding.along_last()
    return any(_is_mask(step, ref, one) for ref in masks for one in (hidden, ~hidden))


def _reaches_nothing(step: Step, node: Node) -> bool:
    return not any_term_moved(step, step.run(), step.run_with({node.index: _blank(node)}))


def _reaches_something(step: Step, node: Node, mask: Ref) -> bool:
    return any_term_moved(step, step.run(), step.run_with({node.index: weighted(node.parents.index(mask))}))


def _blank(node: Node) -> Run:
    def run(*args: Any, **kwargs: Any) -> Any:
        return torch.zeros_like(node.function(*args, **kwargs))  # type: ignore[misc]

    return run


PROBE = Probe(
    "what is added to a sequence reaches its real steps",
    lambda look: added_to_padding(look.step),
)
