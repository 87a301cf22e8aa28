"""Linear layers that are named for the positions and read the features, of which there are as many."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.features_axis import features_of
from shapecheck.capture.instruments.axes.spelt import Spelling, is_for_positions, is_other_size, size_made, size_read
from shapecheck.capture.instruments.tensors.makers import maker
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted, turned_around
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.findings import Fix


def named_for_steps(step: Step) -> Iterator[Sighting]:
    """A Linear that was made for so many patches, given tokens whose last axis holds the features.

    The layer in front, or the norm, was made for the features by another name, in the same function. Both axes have
    one size, so torch accepts either, and no position ever sees another.
    """
    features = features_of(step.tape, step.order)
    for node in step.of_loss:
        source = node.parents[0] if node.parents else None
        if node.name != "linear" or source not in features:
            continue
        shape = step.tape.shape(source)
        if len(shape) != 3 or features[source] != 2 or shape[1] != shape[2] or shape[1] < 2:
            continue
        read, before = size_read(step, node), maker(step, source)
        if before is None or not is_for_positions(read):
            continue
        held = _spelt_of(step, before)
        if is_for_positions(held) or not is_other_size(held, read):
            continue
        text = (
            f"Linear reads axis 2 of {shape}, which holds the features: by its name that is how many {before.name} in "
            f"front of it was made for. By the name of its own size it was made for the {shape[1]} positions of axis "
            "1, of which there are as many. No position sees another one in it"
        )
        fix = Fix("x.transpose(1, 2) before the layer, and back behind it", turned_around(node), "no")
        yield sighted("features_for_steps", node, text, (fix,))
        return


def _spelt_of(step: Step, node: Node) -> Spelling:
    return size_read(step, node) if node.name == "layer_norm" else size_made(step, node)


PROBE = Probe(
    "layers that are named for steps or other positions are given these",
    lambda look: named_for_steps(look.step),
    turn=Turn.LAST,
)
