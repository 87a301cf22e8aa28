"""One step repeated as often as another tensor has steps than the one that it is put beside."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import one_by_one
from shapecheck.reading.edits import call_of, piece, whole_number
from shapecheck.reading.failing import Shape, failed, tensors, value
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, sizes_of
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import function_at, known_at, last_name, node_at, unused_names

_COST = 0.05
_UNREAD = "something is made there that nobody reads, and may be meant beside what it is repeated for"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``x.expand(-1, other.size(1), -1)`` beside ``other``."""
    operation = failed(evidence, *JOINS, *ELEMENTWISE)
    items = [each for each in tensors(operation) if each.span is not None] if operation is not None else []
    if operation is None or len(items) != 2 or len(sizes_of(items[0])) != len(sizes_of(items[1])):
        return []
    told = value(operation, "dim", "axis")
    along = int(told.text) if told is not None and told.text.lstrip("-").isdecimal() else None
    along = along % len(sizes_of(items[0])) if along is not None else None
    return [
        found
        for item, other in (items, items[::-1])
        for axis in _different(sizes_of(item), sizes_of(other), along)
        for found in _asked(evidence, item, other, axis)
    ]


def _different(have: Shape, want: Shape, along: int | None) -> list[int]:
    """The one axis along which they do not fit; nothing if it is not one."""
    found = [
        axis for axis, size in enumerate(have) if axis != along and 1 not in (size, want[axis]) and size != want[axis]
    ]
    return found if len(found) == 1 else []


def _asked(evidence: Evidence, item: Argument, other: Argument, axis: int) -> Iterator[Candidate]:
    assert item.span is not None
    assert other.span is not None
    node = node_at(other.span)
    if not isinstance(node, ast.Name | ast.Attribute):
        return
    for place in (item.span, *(each.span for each in trace(evidence, item.span)[:1])):
        call = call_of(place)
        there = node_at(place)
        if call is None or there is None or function_at(place) is not function_at(other.span):
            continue
        sizes = one_by_one(call.args)
        if last_name(call.func) not in ("expand", "repeat") or len(sizes) != len(sizes_of(item)):
            continue
        written = piece(place, sizes[axis])
        is_known = isinstance(node, ast.Attribute) or node.id in known_at(there)
        if is_known and written.text != "-1" and _is_single(evidence, place, call, axis, len(sizes)):
            text, doubt = f"{other.span.text}.size({axis})", _UNREAD if unused_names(other.span) else ""
            yield Candidate(f"{written.text} -> {text}", (Change(written, text),), (), _COST, doubt)
        return


def _is_single(evidence: Evidence, place: Span, call: ast.Call, axis: int, count: int) -> bool:
    """Whether what is repeated was one step: its axis was put in, or it has a name and a single one there."""
    base = piece(place, call.func.value)  # type: ignore[attr-defined]
    for span in spans_of(evidence, base):
        made = call_of(span)
        at = whole_number(made.args[0]) if made is not None and made.args else None
        if made is not None and last_name(made.func) == "unsqueeze" and at is not None and at % count == axis:
            return True
    return sizes_of(evidence.held.get(base.text))[axis : axis + 1] == (1,)
