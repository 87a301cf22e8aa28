"""Reads a list of tensors of which one tensor was to be made as of a list of numbers."""

from __future__ import annotations

from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import failed, says
from shapecheck.reading.vocabulary import TENSORS

_REFUSED = (r"only one element tensors", r"only integer tensors of a single element")


def listed_tensors(evidence: Evidence) -> Argument | None:
    """What ``torch.tensor`` was given, if it holds tensors with more than one number; None if it is not that."""
    operation = failed(evidence, *TENSORS)
    if operation is None or not operation.arguments or says(evidence, *_REFUSED) is None:
        return None
    item = operation.arguments[0]
    return item if not item.value.items or item.value.items[0].kind == "tensor" else None
