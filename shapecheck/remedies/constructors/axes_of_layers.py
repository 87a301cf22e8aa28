"""An axis that a layer was told when it was made and that its input does not have: ``nn.Softmax(dim=2)``."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import argument, expression, whole_number
from shapecheck.reading.failing import failed, kind, maker, shape

_LAYERS = ("Softmax", "LogSoftmax", "Softmin")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The last axis, and then each of the others."""
    operation = failed(evidence, *_LAYERS)
    sizes = shape(operation, "input")
    origin = maker(evidence, operation)
    if operation is None or not sizes or origin is None or kind(operation) not in _LAYERS:
        return []
    given = argument(origin.span, "dim", 0)
    told = whole_number(expression(given.text)) if given is not None else None
    if given is None or told is None or -len(sizes) <= told < len(sizes):
        return []
    return [
        Candidate(
            f"dim={axis}",
            (Change(given, str(axis)),),
            (Step("configure", "", ("dim", axis)),),
            0.2 if axis < 0 else 0.5 + 0.1 * axis,
        )
        for axis in (-1, *range(len(sizes)))
    ]
