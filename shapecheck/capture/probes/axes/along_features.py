"""Layers that go along the features: a convolution slides along vectors, a recurrent layer walks along them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.instruments.axes.features_axis import followed, made_along
from shapecheck.capture.instruments.tensors.made import made_at
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS, RECURRENT
from shapecheck.findings import Fix

_SLIDES = ("conv1d", "max_pool1d", "avg_pool1d")


def along_features(step: Step) -> Iterator[Sighting]:
    """Layers for which neighbours count, along an axis whose items stand in no order: features that a layer made.

    A convolution with one weight a channel, and a Linear, may well mix steps: for them no item has neighbours.
    """
    held = _features(step)
    for node in step.of_loss:
        source = node.parents[0] if node.parents else None
        if source not in held or len(step.tape.shape(source)) != 3:
            continue
        shape, axis = step.tape.shape(source), held[source]
        if node.name == "conv1d" and axis == 2 and shape[1] > 1 and _weight(step, node) > 1:
            if _reads_columns(step, node):
                continue
            text = (
                f"axis 2 of {shape} holds the features, by the layer that made them, and this convolution slides along "
                f"it, with the {shape[1]} steps for its channels"
            )
            seen = sighted("steps_for_channels", node, text, (_turned(shape[2], "in_channels"),))
        elif node.name in RECURRENT and len(node.args) == 9 and axis == (1 if node.args[8] else 0):
            text = (
                f"axis {axis} of {shape} holds the features, by the layer that made them, and this layer walks along "
                f"it: each feature is a step, and the {shape[2]} steps are its features"
            )
            seen = sighted("recurrent_along_features", node, text, (_turned(shape[axis], "input_size"),))
        else:
            continue
        place = made_at(step, node)
        yield replace(seen, span=place or seen.span)
        return


def _features(step: Step) -> dict[Ref, int]:
    """Features of tokens and of windows, which stand beside an axis of steps."""
    start: dict[Ref, int] = {}
    for node in step.nodes:
        ids = step.tape.shape(node.parents[0]) if node.parents else ()
        is_made = node.name == "conv1d" or (node.name == "embedding" and len(ids) == 2 and ids[1] > 1)
        axis = made_along(node) if is_made else None
        if axis is not None and len(node.shapes[0]) == 3:
            start[node.ref] = axis
    return followed(step.tape, start, step.order)


def _reads_columns(step: Step, node: Node) -> bool:
    """Whether the vectors are those of a few columns of a table: a layer with a weight for each place reads them all.

    Steps of a sequence have no place of their own, and what slid along them is pooled.
    """
    embeddings = (other for other in map(step.node, ancestors(step.tape, [node.parents[0]], step.first)))
    if any(other.name == "embedding" and other.kwargs.get("padding_idx") is not None for other in embeddings):
        return False
    slid = [node.ref]
    along: dict[Ref, int] = {}
    while slid:
        along = followed(step.tape, {**along, **dict.fromkeys(slid, 2)}, step.order)
        later = [other for other in step.nodes if other.name in _SLIDES and other.ref not in along]
        slid = [other.ref for other in later if along.get(other.parents[0]) == 2]
    return any(
        other.name in CUTS
        and along.get(other.parents[0]) == 2
        and other.ref not in along
        and other.index in step.to_loss
        and step.tape.shape(other.parents[0])[2] > 1
        for other in step.nodes
    )


def _weight(step: Step, node: Node) -> int:
    return step.tape.shape(node.parents[1])[-1] if len(node.parents) > 1 else 1


def _turned(width: int, name: str) -> Fix:
    return Fix(f"{name}={width}, with x.transpose(1, 2)", (), "no")


PROBE = Probe(
    "no layer goes along features as if they were steps",
    lambda look: along_features(look.step),
)
