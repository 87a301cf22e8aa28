"""Masks of padding by which a loss picks what it looks at, and where the same mask stands in another step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.padding_masks import is_of_padding
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root
from shapecheck.capture.recording.vocabulary import CONVERTS, CUTS


class Kept(NamedTuple):
    """How a mask is known by what a model is given."""

    argument: int | str
    """Which of its arguments it is, or is made of."""
    filler: int | None = None
    """The number that stands in the argument where the mask leaves out; None where it is the mask itself."""


def picked_by_mask(step: Step, scores: Ref, labels: Ref) -> tuple[Ref, Ref] | None:
    """What scores were picked of by a mask, and the mask, if it is one of padding that picks the labels as well."""
    one, other = _pick(step, scores), _pick(step, labels)
    if one is None or other is None:
        return None
    mask, again = one.args[1], other.args[1]
    if mask != again and not torch.equal(step.value(mask), step.value(again)):
        return None
    mask = origin(step.tape, mask, CONVERTS | CUTS, first=step.first)[0]
    return (one.parents[0], mask) if is_of_padding(step, mask) else None


def _pick(step: Step, ref: Ref) -> Node | None:
    """The index by a mask of all axes but that of the classes that made a tensor."""
    _, node = origin(step.tape, ref, CONVERTS, first=step.first)
    index = node.argument(1) if node.name == "__getitem__" else None
    is_mask = isinstance(index, Ref) and node.index >= step.first and step.tape.dtype(index) == torch.bool
    return node if is_mask else None


def kept_of(step: Step, root: Root, mask: Ref) -> Kept | None:
    """By what a model was given in a step a mask can be found again."""
    value = step.value(mask).bool()
    for argument, ref in _arguments(root):
        if ref == mask:
            return Kept(argument)
        given = step.value_of_input(ref)
        if given is None or given.shape != value.shape or given.is_floating_point():
            continue
        if given.dtype == torch.bool:
            if torch.equal(given, value):
                return Kept(argument)
            continue
        filler = given[~value]
        if filler.numel() and torch.equal(given == filler[0], ~value):
            return Kept(argument, int(filler[0]))
    return None


def mask_of(step: Step, root: Root, kept: Kept) -> Tensor | None:
    """The mask in another call of the same model."""
    ref = dict(_arguments(root)).get(kept.argument)
    given = step.value_of_input(ref) if ref is not None else None
    if given is None:
        return None
    return given != kept.filler if kept.filler is not None else given.bool()


def _arguments(root: Root) -> Iterator[tuple[int | str, Ref]]:
    yield from enumerate(root.inputs)
    yield from root.named.items()
