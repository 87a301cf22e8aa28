"""A parameter that nobody reads, and that is just the width that came: ``nn.LSTM(hidden, hidden)`` for ``features``."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import is_number
from shapecheck.reading.failing import failed, kind, maker, number, shape
from shapecheck.reading.layers.layer_arguments import KEPT, TAKEN, told_for
from shapecheck.remedies.widths.unread_terms import unread_numbers

CAUSE = "another_name_meant"
_COST = 0.015
_SEVERAL = "several parameters that nobody reads are as large"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The unread parameter in place of what a layer was told to take."""
    widths = {**TAKEN, **KEPT}
    operation = failed(evidence, *widths)
    sizes, origin = shape(operation, "input"), maker(evidence, operation)
    if operation is None or sizes is None or origin is None:
        return []
    width = widths[kind(operation)]
    told = told_for(origin, width.name)
    if told is None or is_number(told.text) or len(sizes) <= abs(width.axis):
        return []
    have, came = number(operation, width.name), sizes[width.axis]
    unread = [name for name, size in unread_numbers(evidence, told) if size == came]
    trial = (Step("configure", "", (width.name, came)),)
    doubt = _SEVERAL if len(unread) > 1 else ""
    return [
        Candidate(f"{told.text} -> {name}", (Change(told, name),), trial, _COST, doubt)
        for name in unread
        if have != came
    ]
