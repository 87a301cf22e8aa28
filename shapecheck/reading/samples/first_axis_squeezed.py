"""A squeeze of the first axis, which is the batch where that holds one sample."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence
from shapecheck.reading.applied import applied_to, written_axis
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import failed, says, tensors
from shapecheck.reading.samples.entered_before import lacked_since
from shapecheck.reading.sources import Source, user_sources

_ONE_AXIS = (r"expected to be in range of \[-1, 0\], but got 1", r"size mismatch \(got input: \[\d+\], target: \[1\]\)")


def first_axis_squeezed(evidence: Evidence) -> tuple[Source, ast.Call, ast.expr] | None:
    """The one ``squeeze(0)`` of the script, where the scores of a single sample came without the axis of the batch."""
    entered = _of_entry(evidence)
    if entered is not None:
        return entered
    operation = failed(evidence)
    if operation is None or not says(evidence, *_ONE_AXIS):
        return None
    given = [item.value.record.shape for item in tensors(operation) if item.value.record is not None]
    held = [
        each.record.shape for frame in evidence.frames if frame.is_user for each in frame.names.values() if each.record
    ]
    if not given or len(given[0]) != 1 or (1,) not in [*given[1:], *held]:
        return None
    found = [(source, call, base) for source in user_sources(evidence) for call, base in _of_first_axis(source)]
    return found[0] if len(found) == 1 else None


def _of_entry(evidence: Evidence) -> tuple[Source, ast.Call, ast.expr] | None:
    """The one by which the outermost module is given a batch of one without its axis, where it took batches before."""
    told = lacked_since(evidence)
    places = [told[0].place, *(each.span for each in told[0].history)] if told is not None else []
    for source in user_sources(evidence) if places else ():
        for call, base in _of_first_axis(source):
            if any(place.holds(source.span(call)) for place in places):
                return source, call, base
    return None


def _of_first_axis(source: Source) -> list[tuple[ast.Call, ast.expr]]:
    found = []
    for call in source.calls("squeeze"):
        base, axis = applied_to(call), written_axis(call)
        if base is not None and whole_number(axis) == 0:
            found.append((call, base))
    return found
