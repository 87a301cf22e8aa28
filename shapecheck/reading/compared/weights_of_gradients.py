"""The weights that a gradient of many numbers is asked with, where they lie otherwise than these numbers."""

from __future__ import annotations

from dataclasses import dataclass

from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import Shape, failed, operand, says
from shapecheck.reading.mismatches import sizes_of

_OUTPUTS = ("outputs", "tensors", "self")
_WEIGHTS = ("grad_outputs", "gradient", "grad_tensors")


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a gradient is asked of, and the weights of its numbers.

    Args:
        many: What the gradient is asked of.
        weights: Its weights.
        shape: The shape of the one.
        other: The shape of the other.
    """

    many: Argument
    weights: Argument
    shape: Shape
    other: Shape


def weighed_otherwise(evidence: Evidence) -> Weighed | None:
    """What ``grad(u, x, grad_outputs=weights)`` or ``u.backward(weights)`` refused, where one tensor is asked of."""
    operation = failed(evidence, "grad", "backward")
    many, weights = operand(operation, *_OUTPUTS), operand(operation, *_WEIGHTS)
    if many is None or weights is None or not says(evidence, r"Mismatch in shape: grad_output"):
        return None
    shape, other = _shape(many), _shape(weights)
    return Weighed(many, weights, shape, other) if shape != other else None


def _shape(item: Argument) -> Shape:
    """The shape of a tensor, or of the only one that there is of several."""
    parts = item.value.items
    return sizes_of(parts[0]) if len(parts) == 1 else sizes_of(item)
