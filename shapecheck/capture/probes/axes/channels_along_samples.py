"""Numbers of the channels, by which data is shifted and scaled sample by sample, since there are as many of both."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.features_axis import CONVOLUTIONS, followed
from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, DIFFERENCES, HANDS_ON, SCALES
from shapecheck.findings import Fix

_CARRIES = HANDS_ON | {"add", "clamp", "sqrt"}


def channels_along_samples(step: Step) -> Iterator[Sighting]:
    """``(x - mean.view(-1, 1, 1, 1)) / std.view(-1, 1, 1, 1)`` of as many pictures as there are colours.

    Two rows of numbers that the script tells, or that were found over all samples, one to take off and one to divide
    by, are what the channels are brought to one size with. Which axis of its input holds these, and which the samples,
    a convolution says. Where nothing has taken the samples out of more of them, each may be one of a kind, such as a
    camera, with numbers of its own.
    """
    for source in step.inputs:
        sizes = step.tape.shape(source)
        if len(sizes) < 3 or sizes[0] != sizes[1] or sizes[0] < 2 or not _is_convolved(step, source):
            continue
        order = sorted({*ancestors(step.tape, [source], 0), source.node})
        if not any(_draws(step, step.node(index)) for index in order):
            continue
        for node in map(step.node, order):
            found = _scaled(step, node, sizes[0])
            if found is not None and followed(step.tape, {node.ref: found[1]}, order).get(source) == 0:
                yield _told(step, node, found[0], source)
                return


def _draws(step: Step, node: Node) -> bool:
    """Whether it takes some samples out of more."""
    if node.collated or not node.parents or not node.shapes:
        return node.collated
    whole, part = step.tape.shape(node.parents[0]), node.shapes[0]
    return len(whole) == len(part) > 0 and whole[0] > part[0] and whole[1:] == part[1:]


def _is_convolved(step: Step, source: Ref) -> bool:
    ndim = len(step.tape.shape(source))
    nodes = (node for node in step.of_loss if node.name in CONVOLUTIONS and ndim == int(node.name[-2]) + 2)
    return any(origin(step.tape, node.parents[0], CONVERTS)[0] == source for node in nodes)


def _scaled(step: Step, node: Node, size: int) -> tuple[Node, int] | None:
    """Where numbers are taken off that are divided here, and the axis along which both lie."""
    if node.name not in SCALES or len(node.parents) != 2 or node.spot is None:
        return None
    _, shifted = origin(step.tape, node.parents[0], CONVERTS)
    if shifted.name not in DIFFERENCES or len(shifted.parents) != 2:
        return None
    axes = [_laid(step, made, size) for made in (shifted, node)]
    return (shifted, axes[0]) if axes[0] is not None and axes[0] == axes[1] else None


def _laid(step: Step, node: Node, size: int) -> int | None:
    """Along which axis the second of two lies, if it is so many numbers, not all alike, and belongs to no sample."""
    short, out = step.tape.shape(node.parents[1]), node.shapes[0]
    axes = [axis for axis, length in enumerate(short) if length > 1]
    if step.tape.shape(node.parents[0]) != out or len(axes) != 1 or short[axes[0]] != size:
        return None
    _, made = origin(step.tape, node.parents[1], _CARRIES, is_alone=True)
    if made.shapes != ((size,),) or made.ref in step.inputs:
        return None
    value = step.value_of_input(made.ref) if made.kind == "data" else None
    is_told = value is not None and bool((value != value[0]).any())
    if not is_told and 0 not in reduced_axes(step, made):
        return None
    return axes[0] + len(out) - len(short)


def _told(step: Step, node: Node, shifted: Node, source: Ref) -> Sighting:
    sizes = step.tape.shape(source)
    text = (
        f"{sizes[0]} numbers are taken off {shifted.shapes[0]}, and {sizes[0]} are divided by, along the axis that "
        f"holds the samples of what a convolution reads, {sizes}; its {sizes[1]} channels lie along axis 1. Each "
        "sample is scaled by its place in the batch, and a batch of another size would not fit"
    )
    ones = ", 1" * (len(sizes) - 2)
    fix = Fix(f"along the channels: mean.view(-1{ones})", (), "no")
    return sighted("channels_along_samples", shifted, text, (fix,), (node,))


PROBE = Probe(
    "numbers that are told for the channels lie along the channels",
    lambda look: channels_along_samples(look.step),
    needs_no_run=True,
)
