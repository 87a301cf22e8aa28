"""A model that predicts images pixel by pixel, or rows column by column, and is given what it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import replace

import torch
from torch import Tensor

from shapecheck.capture.instruments.steps.asked import Meeting, Own, compared
from shapecheck.capture.instruments.steps.hard_copies import is_hard_to_copy
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.made import at_constructor
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.separation import difference, replaced_item
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors, descendants
from shapecheck.capture.recording.step import REDUCING, Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import COMPARES, MASKS, SAME_NUMBERS
from shapecheck.evidence import Span
from shapecheck.findings import Fix

_SMALLEST = 4
_MOST_COLUMNS = 48


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


def own_columns(step: Step) -> Iterator[Sighting]:
    """Rows that are their own targets, in models whose weights are masked so that each column knows some others only.

    Where no two columns know each other there is an order, in which each is told those in front of it; one that knows
    itself has nothing to tell. Masks that leave columns which know each other are those of an autoencoder.
    """
    for source in step.inputs:
        shape = step.tape.shape(source)
        if len(shape) != 2 or not _SMALLEST <= shape[1] <= _MOST_COLUMNS:
            continue
        for node, predicted, target, is_class in compared(step):
            if node.name not in REDUCING or is_class or step.tape.shape(predicted) != shape:
                continue
            masked = _masked_weights(step, source, predicted) if _is_same(step, source, target) else []
            if not masked:
                continue
            try:
                is_seen = _is_in_order_with_itself(step, source, predicted)
            except RuntimeError:
                # The step does not run on other rows.
                continue
            if is_seen and not _is_hard(step, source, (node, predicted, target), is_class=False):
                yield _told_of_columns(step, masked[-1])
                return


def _masked_weights(step: Step, source: Ref, predicted: Ref) -> list[Node]:
    """The layers on the way whose weights are parameters that something of zeros and ones was laid upon."""
    way = descendants(step.tape, {source}, ancestors(step.tape, [predicted], step.first))
    found = []
    for node in (step.node(index) for index in way if step.node(index).name in ("linear", "matmul", "addmm")):
        for made in (step.node(ref.node) for ref in node.parents if ref in step.learned):
            kinds = {step.node(ref.node).kind for ref in made.parents}
            masks = [ref for ref in made.parents if ref not in step.learned and _is_of_two_values(step, ref)]
            if made.name in MASKS and "parameter" in kinds and masks:
                found.append(node)
    return found


def _is_of_two_values(step: Step, ref: Ref) -> bool:
    value = step.value(ref)
    return value.ndim == 2 and are_truths(value)


def _is_in_order_with_itself(step: Step, source: Ref, predicted: Ref) -> bool:
    """Whether most columns move themselves, and there is an order of them in which none moves one in front of it."""
    base, count = step.run()[predicted], step.tape.shape(source)[1]
    moves = torch.zeros(count, count, dtype=torch.bool)
    for item in range(count):
        after = step.changed(source, replaced_item(step.value(source), 1, item))
        if predicted in after:
            moves[item] = difference(base, after[predicted]).any(0)
    others = moves & ~torch.eye(count, dtype=torch.bool)
    is_dense = 4 * int(others.sum()) >= count * (count - 1)
    return is_dense and 2 * int(moves.diagonal().sum()) > count and _has_order(others)


def _has_order(moves: Tensor) -> bool:
    """Whether the columns can be taken away one by one, each moving none that is left."""
    left = list(range(len(moves)))
    while left:
        last = next((at for at in left if not bool(moves[at, left].any())), None)
        if last is None:
            return False
        left.remove(last)
    return True


def _told_of_columns(step: Step, layer: Node) -> Sighting:
    text = (
        "each row is its own target, and the masks of the weights put its columns into an order, in which none knows "
        "a later one; but with one column replaced its own prediction moved as well. To copy is enough; what a column "
        "is like, given those in front of it, is never learned"
    )
    made = step.node(next(ref.node for ref in layer.parents if step.node(ref.node).name in MASKS))
    mask = next(ref for ref in made.parents if ref not in step.learned)
    fix = Fix("the last mask by > where it has >=: its outputs must not read what knows their own column", (), "no")
    seen = sighted("own_pixel_seen", layer, text, (fix,))
    place = _compared_at(step, mask)
    return seen if place is None else replace(seen, span=place)


def _compared_at(step: Step, mask: Ref) -> Span | None:
    """Where the numbers of a mask came from a comparison."""
    _, node = origin(step.tape, mask, SAME_NUMBERS | {"float", "type", "to"})
    return node.spot.span if node.name in COMPARES and node.spot is not None else None


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
    shape = step.tape.shape(source)
    # Down the rows of images, and along the columns of a table.
    axis = 2 if len(shape) == 4 else 1
    asked = torch.arange(shape[axis])
    return is_hard_to_copy(step, Own(source, axis, (Meeting(node, predicted, target, asked, 0, is_class),), asked))


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
    "a model that goes from pixel to pixel, or from column to column, is asked for what it has not seen",
    lambda look: (*own_pixels(look.step), *own_columns(look.step)),
)
