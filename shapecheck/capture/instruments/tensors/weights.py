"""Weights of an attention: products that a softmax is taken of, and what it makes of them."""

from __future__ import annotations

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.makers import ELEMENTWISE
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import SAME_NUMBERS, SOFTMAXES

_HOPS = 6


def becomes_weights(step: Step, product: Node) -> bool:
    """Whether a softmax is taken of a product, behind what works number by number."""
    reached = {product.ref: 0}
    for node in step.nodes:
        hops = [reached[parent] for parent in node.parents if parent in reached]
        if hops and node.name in SOFTMAXES:
            return True
        if hops and node.name in ELEMENTWISE | SAME_NUMBERS and min(hops) < _HOPS:
            reached[node.ref] = min(hops) + 1
    return False


def is_weights(step: Step, ref: Ref) -> bool:
    """Whether a softmax made a tensor, in front of what works number by number."""
    made = backwards(step.tape, ref, ELEMENTWISE | SAME_NUMBERS, _HOPS)
    return any(node.name in SOFTMAXES for _, node in made)
