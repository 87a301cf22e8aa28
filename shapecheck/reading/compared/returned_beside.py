"""Reads a tuple of numbers and what stands beside them, given whole where the numbers alone are wanted."""

from __future__ import annotations

from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import failed, says
from shapecheck.reading.vocabulary import ARRAYS, TENSORS

_NUMBERS = ("array", "tensor", "list", "number")
_REFUSED = (
    r"Could not infer dtype of",
    r"expected np\.ndarray",
    r"inhomogeneous",
    r"expected sequence of length \d+ at dim 1",
)


def returned_beside(evidence: Evidence) -> Argument | None:
    """What a tensor was to be made of, if it is a tuple of numbers and a dict, as ``env.reset()`` returns."""
    operation = failed(evidence, *TENSORS, *ARRAYS, "from_numpy")
    item = next(iter(operation.arguments), None) if operation is not None else None
    if item is None or item.value.kind != "tuple" or says(evidence, *_REFUSED) is None:
        return None
    first, *others = [each.kind for each in item.value.items] or ["none"]
    return item if first in _NUMBERS and len(others) == 1 and others[0] not in _NUMBERS else None
