"""Maps with which the places of an image are gathered into vectors, which other maps hand out to the places again."""

from __future__ import annotations

from math import prod

from shapecheck.capture.instruments.axes.contracted import Contraction, contraction
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.makers import ELEMENTWISE
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import REARRANGES, SPLITS

_MAKES_MAPS = frozenset(["conv2d", "conv3d"])
_THROUGH = REARRANGES | ELEMENTWISE | SPLITS


def is_handed_out(step: Step, node: Node, along: int, summed: Contraction) -> bool:
    """Whether what a softmax gathers from the places of an image is handed out by another one, of as many maps.

    What hands out is a mean over the maps at each place, and what gathers one over the places of each map, as in double
    attention (https://arxiv.org/abs/1810.11579, section 3.1). Places that are assigned to clusters compete for them,
    and the same weights hand the clusters out. Keys under which a memory is written and read are no maps of an image.
    """
    again, kept = contraction(step, summed.node), summed.kept(along)
    if again is None or again.axis != kept or not _are_maps(step, node, along):
        return False
    others = (other for other in step.nodes if other.index != node.index)
    return any(other.name == "softmax" and _hands_out(step, other, again) for other in others)


def _hands_out(step: Step, node: Node, again: Contraction) -> bool:
    """Whether a softmax shares out the maps at each place, and they are added up with it."""
    along, summed = axis_of(node, len(node.shapes[0])), contraction(step, node)
    if along is None or summed is None or summed.node is not again.node:
        return False
    return summed.axis == along and _are_maps(step, node, along)


def _are_maps(step: Step, node: Node, along: int) -> bool:
    """Whether a softmax shares out, of what a convolution made of an image, the maps at each place."""
    made = origin(step.tape, node.parents[0], _THROUGH, first=step.first)[1]
    shape = node.shapes[0]
    if made.name not in _MAKES_MAPS or len(shape) != 3 or shape[along] > made.shapes[0][1]:
        return False
    return prod(made.shapes[0][2:]) in (shape[axis] for axis in (1, 2) if axis != along)
