"""A class that a loss ignores although it is asked for where there is no padding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.classes import ignored_label
from shapecheck.capture.instruments.padding.padded import Padding, paddings
from shapecheck.capture.instruments.tensors.made import made_at
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES
from shapecheck.findings import Fix

_SHARE = 0.05


def ignored_class(step: Step) -> Iterator[Sighting]:
    """``ignore_index`` that is the index of a class, in a loss of sequences whose real steps have that class too.

    It is right where it is the class of padding. So it is told only where the script says which steps are padding, and
    others have that class: the last step of a sequence aside, whose successor is padding in a next-step model.
    """
    known = [padding for padding in paddings(step) if padding.is_said]
    for node in step.of_loss if known else ():
        if node.name not in CLASS_LOSSES or len(node.parents) < 2:
            continue
        given = ignored_label(node)
        scores, labels = (step.tape.shape(ref) for ref in node.parents[:2])
        if len(scores) < 2 or not 0 <= given < scores[1] or len(scores) == len(labels):
            continue
        if _is_padding_of_inputs(step, given, scores[1]):
            continue
        for padding in known:
            ignored = _ignored(step.value(node.parents[1]) == given, padding)
            if ignored is None or ignored < _SHARE:
                continue
            text = (
                f"{node.name} ignores class {given}, one of the {scores[1]} that there are scores for; "
                f"{ignored:.0%} of the steps that are no padding have it ({padding.why}): nothing is learned of them"
            )
            place = made_at(step, node) if type(node.module).__module__.startswith("torch.") else None
            fix = Fix("ignore_index=-100, and -100 for the labels of padding", (), "no")
            seen = sighted("real_class_ignored", node, text, (fix,))
            yield seen if place is None else replace(seen, span=place)
            return


def _is_padding_of_inputs(step: Step, label: int, classes: int) -> bool:
    """Whether labels are of the inputs' own vocabulary, in which the class is padding and nothing else.

    Real steps that have it were left out on purpose then, as a prompt is whose answer alone is learned.
    """
    for node in step.nodes:
        if node.name == "embedding" and len(node.parents) > 1:
            filler = node.argument(2, "padding_idx")
            if filler == label and step.tape.shape(node.parents[1])[0] == classes:
                return True
    return False


def _ignored(is_class: Tensor, padding: Padding) -> float | None:
    """The share of the real steps, but the last of each sequence, that have a class; None if the labels are others."""
    hidden = padding.along_last()
    if is_class.numel() != hidden.numel():
        return None
    shape = hidden.shape
    if is_class.ndim == 1:
        is_class = is_class.view(shape) if padding.time == 1 else is_class.view(shape[::-1]).t()
    elif is_class.shape != shape:
        if is_class.shape != shape[::-1]:
            return None
        is_class = is_class.t()
    inside = ~hidden
    inside[torch.arange(shape[0]), padding.last_steps] = False
    # Where the padding itself does not have the class, the two say nothing about each other.
    if not bool(is_class[hidden].all()) or not bool(inside.any()):
        return None
    return float((is_class & inside).sum()) / float(inside.sum())


PROBE = Probe(
    "no class is ignored that real steps have",
    lambda look: ignored_class(look.step),
)
