"""A tuple of arrays of several sizes where numpy takes one: what a model returned beside its scores came along."""

from __future__ import annotations

from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import failed, says

_ONE = ("argmax", "argmin", "argsort", "sort", "amax", "amin", "max", "min", "mean", "sum", "round", "exp", "where")


def arrays_together(evidence: Evidence) -> Argument | None:
    """The tuple, where a function of numpy that takes one array could not make one of its items."""
    operation = failed(evidence, *_ONE)
    if operation is None or not operation.name.startswith("numpy.") or says(evidence, r"inhomogeneous shape") is None:
        return None
    item = next(iter(operation.arguments), None)
    is_tuple = item is not None and item.value.kind == "tuple" and len(item.value.items) > 1
    return item if item is not None and is_tuple and all(each.kind == "array" for each in item.value.items) else None
