"""Products between the channels of a map, which are to tell its style, and are taken between those of all samples."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.separation import separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import CUTS, DISTANCES, MATRIX_PRODUCTS, SCALES, TURNS
from shapecheck.findings import Fix

_COMPARES = DISTANCES | {"sub"}
_HOPS = 6


def gram_of_all_samples(look: Look) -> Iterator[Sighting]:
    """``m = f.view(b * c, h * w); m @ m.t()`` of several samples, held against such a table of another map.

    The channels of one sample are to be multiplied with each other; those of two have nothing to say to each other.
    Of a single sample the table is the same. Tables that something else is made of, as of tokens that are drawn near
    or apart, are left alone.
    """
    step = look.step
    for node in step.all_of_loss:
        cut = _of_channels(step, node)
        if cut is None or not _holds_samples(look, cut):
            continue
        if any(_is_of_channels(step, ref.node) for reader in _compared(step, node) for ref in reader.parents):
            samples, channels = step.tape.shape(cut.parents[0])[:2]
            text = (
                f"{cut.name} puts the {channels} channels of {samples} samples into one axis, and {node.name} has each "
                f"of these {samples * channels} meet all others: {node.shapes[0]}, of which only the blocks along the "
                "diagonal are of one sample"
            )
            fix = Fix(f"{channels} rows for each sample: view({samples}, {channels}, -1) and transpose(1, 2)", (), "no")
            yield sighted("gram_of_all_samples", cut, text, (fix,))
            return


def _of_channels(step: Step, node: Node) -> Node | None:
    """What put the channels of several samples into one axis, where these are multiplied with each other."""
    if node.name not in MATRIX_PRODUCTS or len(node.parents) != 2:
        return None
    one, other = node.parents
    turned = step.node(other.node)
    if other == one or turned.name not in TURNS or origin(step.tape, other, TURNS)[0] != one:
        return None
    cut = step.node(one.node)
    if cut.name not in CUTS or one not in step.learned:
        return None
    shape = step.tape.shape(cut.parents[0])
    if len(shape) != 4 or min(shape[:2]) < 2 or step.tape.shape(one) != (shape[0] * shape[1], shape[2] * shape[3]):
        return None
    above = backwards(step.tape, cut.parents[0], None, _HOPS, first=step.first)
    is_map = any(made.name == "conv2d" and made.shapes[0][:2] == shape[:2] for _, made in above)
    return cut if is_map else None


def _holds_samples(look: Look, cut: Node) -> bool:
    ways = [way.moves[0].masks(cut.parents[0]) for way in look.seen if 0 in way.moves]
    return any(separate_axes(masks) == [0] for masks in ways)


def _compared(step: Step, node: Node) -> Iterator[Node]:
    """What holds a table against another one, once it is scaled."""
    for reader in step.readers(node, to_loss=True):
        if reader.name in _COMPARES and len(reader.parents) == 2:
            yield reader
        elif reader.name in SCALES and reader.shapes[0] == node.shapes[0] and len(reader.parents) == 1:
            yield from _compared(step, reader)


def _is_of_channels(step: Step, index: int) -> bool:
    """Whether a table was made by a product, too, and at most scaled since."""
    made = step.node(index)
    while made.name in SCALES | {"detach"} and made.parents:
        made = step.node(made.parents[0].node)
    return made.name in MATRIX_PRODUCTS


PROBE = Probe(
    "products between channels are of one sample each",
    gram_of_all_samples,
)
