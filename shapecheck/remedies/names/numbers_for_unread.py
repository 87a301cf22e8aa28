"""A number that is written where a name beside it, which nobody reads, has the size that is wanted."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import is_number
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, sizes_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import found_at, unused_names

_COST = 0.04


def candidates(evidence: Evidence) -> list[Candidate]:
    """``make_state(batch, width)`` for ``make_state(4, width)`` behind ``batch, steps, width = x.shape``."""
    shapes = [sizes_of(each) for each in tensors(failed(evidence, *JOINS, *ELEMENTWISE))]
    if len(shapes) != 2 or len(shapes[0]) != len(shapes[1]):
        return []
    apart = {pair for pair in zip(*shapes, strict=True) if pair[0] != pair[1]}
    wanted = {str(one): str(other) for pair in apart for one, other in (pair, pair[::-1])}
    found: dict[Candidate, None] = {}
    for origin in (each for chain in evidence.chains.values() for each in chain):
        want = wanted.get(origin.span.text)
        if want is None or not is_number(origin.span.text):
            continue
        source, node = found_at(origin.span)
        held = held_around(evidence, source, node)
        unread = (name for name in sorted(unused_names(origin.span)) if name in held and not name.startswith("_"))
        names = [name for name in unread if held[name].text == want]
        if len(names) == 1:
            title = f"{origin.span.text} -> {names[0]}"
            found[Candidate(title, (Change(origin.span, names[0]),), (), _COST)] = None
    # Along the axis of a join the sizes may differ, and another number be as many.
    return list(found)[: len(found) == 1]
