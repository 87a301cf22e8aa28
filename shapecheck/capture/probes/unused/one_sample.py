"""A batch of samples of which one is picked on the way to the loss, and the others are left behind."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.samples_axis import samples_axis
from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.trials.separation import separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step, readers_in
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import SELECTS

_ENOUGH = 3


def one_sample(step: Step, ways: list[Way]) -> Iterator[Sighting]:
    """One item, by its number, of an axis that holds samples which were drawn at random, and none of the others.

    Where that axis may hold steps, one of them may well be all that is wanted; of samples in no order it is not.
    """
    readers = readers_in(step.tape, sorted(step.to_loss))
    for way in ways:
        axis = samples_axis(step.tape, way.source)
        if axis is None or axis not in way.moves:
            continue
        moves = way.moves[axis]
        reached = [
            out for index in descendants(step.tape, {way.source}, sorted(step.to_loss)) for out in step.node(index).outs
        ]
        for ref in [way.source, *reached]:
            masks = moves.masks(ref)
            if ref not in readers or len(masks) != len(moves.items) or masks[0].shape != step.tape.shape(ref):
                # A loss that is not reduced has an axis more than on the tape.
                continue
            along = separate_axes(masks)
            size = step.tape.shape(ref)[along[0]] if len(along) == 1 else 0
            # Of each part of what was split, another sample may be wanted.
            parts = list(step.node(ref.node).outs)
            reading = [node for part in parts for node in readers.get(part, ())] if size >= _ENOUGH else []
            picked = [_picked(step, node, along[0], readers) if node.parents[0] in parts else None for node in reading]
            if picked and None not in picked and len({item for items in picked for item in items or ()}) == 1:
                text = (
                    f"axis {along[0]} of {step.tape.shape(ref)} holds {size} samples, and this one is all that is read "
                    "of them on the way to the loss: nothing is learned from the others"
                )
                yield sighted("loss_of_one_sample_only", readers[ref][0], text)
                return


def _picked(step: Step, node: Node, axis: int, readers: dict[Ref, list[Node]]) -> set[int] | None:
    """The items that a node hands on to the loss by their number; None if it does anything else."""
    if node.name == "unbind":
        given = node.argument(1, "dim", default=0)
        return {out for out in range(len(node.shapes)) if Ref(node.index, out) in readers} if given == axis else None
    if node.name not in SELECTS:
        return None
    size = step.tape.shape(node.parents[0])[axis]
    if node.name == "select":
        return {node.args[2] % size} if node.args[1:2] == (axis,) and isinstance(node.args[2], int) else None
    index = node.argument(1)
    parts = index if isinstance(index, tuple) else (index,)
    if (
        any(part is None or part is Ellipsis or isinstance(part, bool) for part in parts[: axis + 1])
        or len(parts) <= axis
    ):
        return None
    item = parts[axis]
    if isinstance(item, slice) and isinstance(item.start, int) and isinstance(item.stop, int) and item.step is None:
        return {item.start % size} if item.stop - item.start == 1 else None
    return {item % size} if isinstance(item, int) else None


PROBE = Probe(
    "no sample is picked out of a batch for the loss",
    lambda look: one_sample(look.step, look.ways),
    # Where the item was taken of the wrong axis, that is the mistake, and this is what comes of it.
    turn=Turn.LAST,
    of_samples=True,
)
