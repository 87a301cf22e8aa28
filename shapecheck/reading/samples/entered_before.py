"""Tells that a model is given one axis less than whenever it went well: that of the samples."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.reading.entries import Entry, first_entry
from shapecheck.reading.mismatches import without_axis


def lacked_since(evidence: Evidence) -> tuple[Entry, bool] | None:
    """What the outermost module is given now, and whether it can be nothing but one of the samples it was given before.

    It is just what one of them was: had it been something else of as many axes, as a step of all samples, it would
    have other sizes. None where it has as many axes as before, or has not run yet.
    """
    entry = first_entry(evidence)
    before = [[each.shape for each in call.inputs] for call in evidence.entered]
    if entry is None or not before or not all(before):
        return None
    now, firsts = entry.record.shape, [shapes[0] for shapes in before]
    if not now or any(len(each) != len(now) + 1 for each in firsts) or not any(each[1:] == now for each in firsts):
        return None
    others = {without_axis(each, axis) for each in firsts for axis in range(1, len(each))}
    return entry, now not in others


def went_well(evidence: Evidence, entry: Entry) -> bool:
    """Whether the outermost module took just as many axes before: what is missing now was lost inside."""
    first = first_entry(evidence)
    before = [call.inputs[0].shape for call in evidence.entered if call.inputs]
    return (
        first is not None
        and first.place == entry.place
        and bool(before)
        and all(len(each) == len(entry.record.shape) for each in before)
    )
