"""A model that predicts images pixel by pixel, and is given the pixel that it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy

import torch
from torch import Tensor

from shapecheck.capture.instruments.steps.asked import Meeting, Own, compared
from shapecheck.capture.instruments.steps.hard_copies import is_hard_to_copy
from shapecheck.capture.instruments.tensors.made import at_constructor
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix

_SMALLEST = 4


def own_pixels(step: Step) -> Iterator[Sighting]:
    """Images of one channel that are their own targets, where no pixel knows a later one in the order of reading.

    What knows the rows above, on both sides, and the own row up to here, is made to be asked for what comes next. An
    autoencoder knows all, and what reads along one axis alone, or from a corner, knows nothing of above on the right.
    """
    for source in step.inputs:
        shape = step.tape.shape(source)
        if len(shape) != 4 or shape[1] != 1 or min(shape[2:]) < _SMALLEST:
            continue
        for node, predicted, target, is_class in compared(step):
            if step.tape.shape(predicted)[-2:] != shape[2:] or not _is_same(step, source, target):
                continue
            try:
                is_seen = all(_is_causal_with_itself(step, source, predicted, at) for at in _pixels(shape))
            except RuntimeError:
                # The step does not run on another image.
                continue
            if is_seen and not _is_hard(step, source, (node, predicted, target), is_class=is_class):
                yield _told(step, source, node, predicted)
                return


def _is_same(step: Step, source: Ref, target: Ref) -> bool:
    """Whether a target holds the pixels of an image, be they numbered or scaled otherwise."""
    given, asked = step.value(source), step.value(target)
    if target == source:
        return True
    if given.numel() != asked.numel() or asked.shape[-2:] != given.shape[-2:]:
        return False
    ranks = [value.unique(return_inverse=True)[1].flatten() for value in (given, asked)]  # type: ignore[no-untyped-call]
    return torch.equal(*ranks)


def _pixels(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    height, width = shape[2:]
    return [(height // 2, width // 2), (1, width - 2), (height - 2, 1)]


def _is_causal_with_itself(step: Step, source: Ref, predicted: Ref, at: tuple[int, int]) -> bool:
    """Whether a pixel moves its own prediction, some behind it and below it on both sides, and none in front."""
    value = step.value(source)
    changed = value.clone()
    place = changed[:, :, at[0], at[1]]
    low, high = value.aminmax()
    place.copy_(low + high - place)
    after = step.changed(source, changed)
    if predicted not in after:
        return False
    moved = difference(step.run()[predicted], after[predicted])
    moved = moved.flatten(0, -3).any(0)
    row, column = at
    is_first = not bool(moved[:row].any()) and not bool(moved[row, :column].any())
    return is_first and bool(moved[row, column]) and _reaches_on(moved, row, column)


def _reaches_on(moved: Tensor, row: int, column: int) -> bool:
    parts = moved[row, column + 1 :], moved[row + 1 :, :column], moved[row + 1 :, column + 1 :]
    return all(bool(part.any()) for part in parts)


def _is_hard(step: Step, source: Ref, met: tuple[Node, Ref, Ref], *, is_class: bool) -> bool:
    node, predicted, target = met
    asked = torch.arange(step.tape.shape(source)[2])
    return is_hard_to_copy(step, Own(source, 2, (Meeting(node, predicted, target, asked, 0, is_class),), asked))


def _told(step: Step, source: Ref, node: Node, predicted: Ref) -> Sighting:
    text = (
        "the image is its own target, and the prediction of a pixel knows the rows above it and its own row up to and "
        "with that pixel: with one pixel replaced its own prediction moved, and none in front of it. To copy is "
        "enough; what the next pixel is like is never learned"
    )
    fix = Fix("the first layer must not read the centre of its kernel; those behind it may", (), "no")
    way = set(ancestors(step.tape, [predicted], step.first))
    first = next((step.node(at) for at in descendants(step.tape, {source}, sorted(way)) if _has_weight(step, at)), node)
    made = copy(first)
    own = getattr(type(made.module).forward, "__code__", None) if made.module is not None else None
    while made.spot is not None and made.spot.code is own and made.spot.caller is not None:
        # A layer of the script's own is told of where it is called, or made.
        made.spot = made.spot.caller
    return at_constructor(made, sighted("own_pixel_seen", made, text, (fix,)))


def _has_weight(step: Step, index: int) -> bool:
    """Whether it is a convolution, or another operation with parameters or what was made of them."""
    return any(ref in step.learned or step.node(ref.node).kind == "parameter" for ref in step.node(index).parents[1:])


PROBE = Probe(
    "a model that goes from pixel to pixel is asked for what it has not seen",
    lambda look: own_pixels(look.step),
)
