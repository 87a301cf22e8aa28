"""Which axis of an input holds the samples, by layers that fix it: a convolution whose places are joined with words."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.features_axis import CONVOLUTIONS, followed
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref

_JOINED_ALONG = {"hstack": 1, "vstack": 0}
_NORMS = frozenset(["batch_norm", "group_norm"])


def samples_by_layers(step: Step) -> dict[Ref, int]:
    """Input -> its axis of samples, of images that a convolution read and of words that stand beside their places.

    The first axis of what a convolution reads holds whatever it does not mix, which may be the frames of one film. But
    words are joined with places of a picture where they are one sequence: what lies along the other axis are samples.
    """
    joins = [node for node in step.nodes if node.name == "cat" or node.name in _JOINED_ALONG]
    if not joins or len(step.inputs) < 2:
        return {}
    places = {
        (source, axis): followed(step.tape, {source: axis}, step.order, through_layers=True)
        for source in step.inputs
        for axis, size in enumerate(step.tape.shape(source)[:2])
        if size > 1
    }
    fixed = [key for key, found in places.items() if any(_is_fixed(node, found) for node in step.nodes)]
    words = [key for key, found in places.items() if any(_is_looked_up(step.node(ref.node), key[0]) for ref in found)]
    held: dict[Ref, int] = {}
    for node in joins:
        for image, other in ((one, two) for one in fixed for two in words if one[0] != two[0]):
            if any(_meet(node, places[image].get(one), places[other].get(two)) for one, two in _pairs(node)):
                held |= dict([image, other])
    return held


def _is_fixed(node: Node, found: dict[Ref, int]) -> bool:
    """Whether a layer that counts channels along axis 1 reads the axis as its first, that of the samples."""
    if not node.parents or not node.shapes or found.get(node.parents[0]) != 0:
        return False
    ndim = len(node.shapes[0])
    return ndim == int(node.name[-2]) + 2 if node.name in CONVOLUTIONS else node.name in _NORMS and ndim > 2


def _is_looked_up(node: Node, source: Ref) -> bool:
    return node.name == "embedding" and node.parents[0] == source


def _pairs(node: Node) -> Iterator[tuple[Ref, Ref]]:
    return ((one, two) for one in node.parents for two in node.parents if one != two)


def _meet(node: Node, one: int | None, two: int | None) -> bool:
    """Whether sequences of the same samples are put one behind the other."""
    if one is None or one != two or len(node.shapes[0]) != 3:
        return False
    given = node.argument(1, "dim", "axis", default=0)
    along = _JOINED_ALONG.get(node.name, given)
    return isinstance(along, int) and {one, along % 3} == {0, 1}
