"""One sample without its axis of samples, which a layer takes and what comes behind it does not."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import call_of, piece, suffixed
from shapecheck.reading.failing import failed
from shapecheck.reading.single_samples import axes_of_sample
from shapecheck.reading.sources import last_name, parents, source_of

ROWS = "the rows may be samples, each of which has one step"


def candidates(evidence: Evidence) -> list[Candidate]:
    """An axis of one sample where the model was called, if a norm, the last layer or an index tells that it lacks."""
    axes = axes_of_sample(evidence)
    place = _entry(evidence, axes + 1) if axes else None
    if place is None:
        return []
    change = suffixed(place, ".unsqueeze(0)")
    doubt = ROWS if axes == 1 and failed(evidence, "__getitem__") and not _is_called_elsewhere(place) else ""
    return [Candidate(change.text, (change,), (), 0.04, doubt)]


def _is_called_elsewhere(place: Span) -> bool:
    """Whether the same model is called at another place too, where what it is given has its samples."""
    source = source_of(place.file)
    node = source.node_at(place) if source is not None else None
    call = next((up for up in parents(node) if isinstance(up, ast.Call)), None) if node is not None else None
    return source is not None and call is not None and len(list(source.calls(last_name(call.func)))) > 1


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
