"""A value that was wrong already where the function was called: another variable of the caller is what was meant."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Value
from shapecheck.reading.edits import call_of, piece


def another_argument(
    evidence: Evidence, given: Value, is_wanted: Callable[[Value], bool], *, cost: float
) -> Iterator[Candidate]:
    """Another variable in place of the argument that a value came by, in every call on the way to the failure.

    Args:
        evidence: The problem.
        given: The value that is wrong.
        is_wanted: Whether a value would do.
        cost: What it costs.
    """
    frames = [frame for frame in evidence.frames if frame.is_user]
    for frame in reversed(frames[:-1]):
        call = call_of(frame.span)
        for part in call.args if call is not None else []:
            if not isinstance(part, ast.Name) or not _same(frame.names.get(part.id), given):
                continue
            span = piece(frame.span, part)
            for name, held in frame.names.items():
                if name != part.id and name != "_" and is_wanted(held):
                    yield Candidate(f"{part.id} -> {name}", (Change(span, name),), (), cost)


def _same(held: Value | None, given: Value) -> bool:
    if held is None or held.kind != given.kind:
        return False
    if held.record is None or given.record is None:
        return held.record is given.record
    return held.record.shape == given.record.shape
