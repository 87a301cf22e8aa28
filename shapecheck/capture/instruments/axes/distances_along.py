"""Distances between the vectors of two tensors: along which axis of each they are measured, however that is written."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.reductions import one_axis
from shapecheck.capture.instruments.axes.summed import Product
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import ARITHMETIC, CUTS, NORMS, SOFTMAXES, SQUARES

_ALONG_LAST = frozenset(["cdist", "pairwise_distance", "triplet_margin_loss"])
# What is still one number for each vector, or for each pair of them.
_GOES_ON = ARITHMETIC | CUTS | {"neg", "sqrt", "clamp", "clamp_min", "unsqueeze"}
# What takes each distance for itself: how large one is beside another counts then, not only what they add up to.
_TAKES_EACH = SOFTMAXES | {"relu", "exp", "logsumexp", "min", "amin", "topk", "argmin", "sigmoid", "cross_entropy"}
_HOPS = 8


def distances_along(step: Step) -> Iterator[Product]:
    """The distances that a loss is made of, each vector of which is told from others by its own distance.

    Squares that are only added up are the same number along whichever axis that is begun.
    """
    for node in step.of_loss:
        if node.name in _ALONG_LAST and len(node.parents) > 1:
            left, right = node.parents[:2]
            last, other = len(step.tape.shape(left)) - 1, len(step.tape.shape(right)) - 1
            if min(last, other) > 0:
                yield Product(node, (left, last), (right, other))
            continue
        gap = _gap(step, node)
        if gap is None or len(gap.parents) != 2:
            continue
        left, right = gap.parents
        ndim = len(gap.shapes[0])
        axis = axis_of(node, ndim) if node.name == "sum" else one_axis(node.argument(2, "dim", "axis"), ndim)
        if axis is not None and len(step.tape.shape(left)) == len(step.tape.shape(right)) == ndim:
            yield Product(node, (left, axis), (right, axis))


def _gap(step: Step, node: Node) -> Node | None:
    """What lies between two tensors, of which a node adds up the squares, or measures the length."""
    made = step.node(node.parents[0].node) if node.parents else None
    if made is None or made.function is None:
        return None
    if node.name in NORMS:
        return made if made.name == "sub" else None
    if node.name != "sum" or made.name not in SQUARES or len({*made.parents}) != 1 or not _is_taken_each(step, node):
        return None
    gap = step.node(made.parents[0].node)
    return gap if gap.name == "sub" else None


def _is_taken_each(step: Step, node: Node) -> bool:
    here = [node]
    for _ in range(_HOPS):
        behind = [reader for one in here for reader in step.readers(one, to_loss=True)]
        if any(reader.name in _TAKES_EACH for reader in behind):
            return True
        here = [reader for reader in behind if reader.name in _GOES_ON]
    return False
