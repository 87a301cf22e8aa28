"""A flatten from an axis to the same one, which does nothing: ``x.flatten(1, 1)`` for ``x.flatten(0, 1)``."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Shaped
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import failed
from shapecheck.reading.sources import last_name
from shapecheck.reading.ways_back import spans_behind

_COST = 0.06
_WHICH = "which axes were meant to be made one is not known"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The axis together with the one in front of it, or with the one behind, on the way to what failed."""
    operation = failed(evidence)
    if operation is None:
        return []
    places = [operation.span, *(item.span for item in operation.arguments)]
    behind = [*spans_behind(evidence, *places), *(frame.span for frame in evidence.user_frames)]
    near = [each for each in evidence.shaped if any(span.holds(each.span) for span in behind)]
    return [each for shaped in near for each in _merged(shaped)]


def _merged(shaped: Shaped) -> Iterator[Candidate]:
    call, count = call_of(shaped.span), len(shaped.sizes)
    if call is None or last_name(call.func) != "flatten" or len(call.args) != 2 or len(shaped.told) != 2 or not count:
        return
    begin, end = (each % count for each in shaped.told)
    first, last = (piece(shaped.span, each) for each in call.args)
    if begin == end:
        ways = [(first, begin - 1)] if begin else []
        ways += [(last, end + 1)] if end + 1 < count else []
        for place, axis in ways:
            yield Candidate(f"flatten {axis}", (Change(place, str(axis)),), (), _COST, unless_read=_WHICH)
