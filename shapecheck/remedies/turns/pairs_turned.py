"""Pairs of positions, one a row, of which the two columns were meant where two rows are taken: ``pairs[0]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Frame, Span
from shapecheck.reading.edits import expression, piece, suffixed, whole_number
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import function_at, walk
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.moves import put_behind

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``pairs.t()`` where ``x[pairs[0]]`` and ``x[pairs[1]]`` gave two rows, and there are as many targets as pairs."""
    found: list[Candidate] = []
    for given, other in both_ways(failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES, *ELEMENTWISE)):
        if given.span is not None and sizes_of(given)[:1] == (2,):
            found += _turned(evidence, given.span, sizes_of(other)[:1])
    return found


def _turned(evidence: Evidence, given: Span, count: tuple[int, ...]) -> Iterator[Candidate]:
    frame, taken = evidence.user_frame, dict[str, set[int | None]]()
    places: dict[str, list[Span]] = {}
    for base, row in _taken(evidence, given):
        ends = spans_of(evidence, base, parts=True)
        known = next((each for each in ends if frame is not None and _is_held(frame, each)), None)
        if known is not None:
            taken.setdefault(known.text, set()).add(row)
            places.setdefault(known.text, []).append(known)
    for name, rows in taken.items():
        held = frame.names[name] if frame is not None else None
        record = held.record if held is not None else None
        if held is None or record is None or record.dtype != "int64" or rows != {0, 1}:
            continue
        if record.shape == (*count, 2) and count != (2,):
            reads = list(dict.fromkeys(places[name]))
            if len(reads) > 1:
                yield Candidate(f"{name}.t()", tuple(suffixed(each, ".t()") for each in reads), (), _COST)
            else:
                yield from put_behind(evidence, Argument("index", held, reads[0]), ".t()", [], cost=_COST)


def _taken(evidence: Evidence, given: Span) -> Iterator[tuple[Span, int | None]]:
    """The names of which a written row is taken as the index of something: ``pairs`` and 0 of ``x[pairs[0]]``."""
    for span in spans_behind(evidence, given):
        for node in walk(expression(span.text)):
            index = node.slice if isinstance(node, ast.Subscript) else None
            if isinstance(index, ast.Subscript) and isinstance(index.value, ast.Name):
                yield piece(span, index.value), whole_number(index.slice)


def _is_held(frame: Frame, span: Span) -> bool:
    """Whether a name stands in the function that was running, so that what the frame holds is its value."""
    home = function_at(span)
    return span.text in frame.names and (home.name if home is not None else "<module>") == frame.function
