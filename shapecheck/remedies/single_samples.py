"""One image or signal without its axis of samples, which a convolution takes and what comes behind it does not."""

from __future__ import annotations

from math import prod

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.edits import call_of, piece, suffixed
from shapecheck.reading.failing import NORMS, failed, kind, number, shape
from shapecheck.reading.sources import user_sources


def candidates(evidence: Evidence) -> list[Candidate]:
    """An axis of one sample where the model was called, if a norm or the last layer tells that it lacks."""
    operation = failed(evidence, "Linear", *NORMS)
    axes = _axes(evidence, operation) if operation is not None else 0
    place = _entry(evidence, axes + 1) if axes else None
    if place is None:
        return []
    change = suffixed(place, ".unsqueeze(0)")
    return [Candidate(change.text, (change,), (), 0.04)]


def _axes(evidence: Evidence, operation: Operation) -> int:
    """Along how many axes the places of a sample lie, where all that came is one sample; else 0."""
    sizes, name = shape(operation, "input") or (), kind(operation)
    if name == "Linear":
        want = number(operation, "in_features")
        axes = {each for source in user_sources(evidence) for each in (1, 2, 3) if list(source.calls(f"Conv{each}d"))}
        is_one = len(sizes) == 2 and sizes[-1] != want and prod(sizes) == want
        return axes.pop() if is_one and len(axes) == 1 else 0
    axis = int(name[-2]) if name[-2].isdecimal() else 0
    channels = number(operation, "num_features") or number(operation, "num_channels")
    # For one axis of places the norm takes (samples, channels) as well.
    return axis if axis > 1 and len(sizes) == axis + 1 and sizes[0] == channels else 0


def _entry(evidence: Evidence, count: int) -> Span | None:
    """What the outermost module of the script was called with, where that has so many axes."""
    for frame in evidence.frames:
        call = call_of(frame.span) if frame.is_user else None
        if call is None or not call.args:
            continue
        callee = frame.names.get(piece(frame.span, call.func).text)
        given = piece(frame.span, call.args[0])
        held = frame.names.get(given.text)
        if callee is None or callee.kind != "module":
            continue
        if held is not None and held.record is not None:
            return given if len(held.record.shape) == count else None
        # What no name holds is known in the operation alone.
        items = evidence.operation.arguments if evidence.operation is not None else ()
        known = [each.value.record for each in items if each.span == given]
        return given if any(record is not None and len(record.shape) == count for record in known) else None
    return None
