"""What a loop begins with has an axis of one more than what each round puts in its place: without it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Frame, Span
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import (
    Source,
    found_at,
    is_named,
    items_of,
    last_name,
    loop_around,
    source_of,
    statement_of,
    walk,
)
from shapecheck.reading.vocabulary import CONSTANTS

_COST = 0.02
_MAKES = (*CONSTANTS, "empty", "randint")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``token = torch.full((n,), BEGIN)`` for ``torch.full((n, 1), BEGIN)``, where each round sets ``ids[:, step]``."""
    if failed(evidence) is None:
        return []
    return [way for frame in evidence.user_frames for way in _of_frame(frame)]


def _of_frame(frame: Frame) -> Iterator[Candidate]:
    source, node = source_of(frame.span.file), found_at(frame.span)[1]
    loop, line = loop_around(node), statement_of(node)
    if source is None or loop is None or not isinstance(node, ast.Call):
        return
    for given in node.args:
        held = frame.names.get(given.id) if isinstance(given, ast.Name) else None
        sizes = sizes_of(held)
        if not isinstance(given, ast.Name) or len(sizes) < 2 or sizes[-1] != 1:
            continue
        set_later = [
            value
            for each in walk(loop)
            for target, value in values_given(each)
            if is_named(target, given.id) and each is not line
        ]
        if len(set_later) == 1 and _axes_left(frame, set_later[0]) == len(sizes) - 1:
            yield from _begun(source, given.id, loop)


def _axes_left(frame: Frame, node: ast.expr) -> int | None:
    """How many axes are left of a tensor that is held by a name and read at a step: ``ids[:, step]``."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
        return None
    held = sizes_of(frame.names.get(node.value.id))
    parts = items_of(node.slice)
    rounds = frame.names
    taken = 0
    for part in parts:
        if isinstance(part, ast.Slice):
            continue
        is_one = whole_number(part) is not None or (
            isinstance(part, ast.Name) and part.id in rounds and rounds[part.id].kind == "number"
        )
        if not is_one:
            return None
        taken += 1
    return len(held) - taken if held else None


def _begun(source: Source, name: str, loop: ast.For) -> Iterator[Candidate]:
    """The line above the loop that fills the first value, with the axis of one taken out of its sizes."""
    made = [
        value
        for each in walk(getattr(loop, "parent", None))
        for target, value in values_given(each)
        if is_named(target, name) and value.lineno < loop.lineno
    ]
    call = made[-1] if made else None
    if not isinstance(call, ast.Call) or last_name(call.func) not in _MAKES:
        return
    sizes = next((each for each in call.args if isinstance(each, ast.Tuple | ast.List)), None)
    if sizes is None:
        sizes_given = call.args if last_name(call.func) not in ("full", "new_full", "randint") else []
        if len(sizes_given) > 1 and whole_number(sizes_given[-1]) == 1:
            one, before = source.span(sizes_given[-1]), source.span(sizes_given[-2])
            yield _without(before, one, "")
    elif len(sizes.elts) > 1 and whole_number(sizes.elts[-1]) == 1:
        one, before = source.span(sizes.elts[-1]), source.span(sizes.elts[-2])
        comma = "," if len(sizes.elts) == 2 and isinstance(sizes, ast.Tuple) else ""
        yield _without(before, one, comma)


def _without(before: Span, one: Span, text: str) -> Candidate:
    span = Span(one.file, before.end_line, before.end_column, one.end_line, one.end_column, ", 1")
    return Candidate("without the axis of one, as the rounds of the loop make it", (Change(span, text),), (), _COST)
