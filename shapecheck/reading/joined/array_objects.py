"""The array of objects or of text that torch could make no tensor of."""

from __future__ import annotations

from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import failed, says

OF_OBJECTS = r"can't convert np\.ndarray of type numpy\.(object|str)_"


def array_of_objects(evidence: Evidence) -> Argument | None:
    """The array, if one was refused for what it holds."""
    operation = failed(evidence) if says(evidence, OF_OBJECTS) else None
    given = operation.arguments if operation is not None else ()
    # An expression that was not evaluated again has no kind; torch's functions take the array in front.
    return next((item for item in given if item.value.kind == "array"), next(iter(given), None))
