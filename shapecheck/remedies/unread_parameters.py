"""A parameter that its function never reads, where another was handed on in its place: ``attend(q, k, v, mask)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Frame, Span
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.sources import function_around, source_of
from shapecheck.records import TensorRecord

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """The unread parameter in place of an operand, or of what was handed on to become one."""
    operation = failed(evidence)
    unread = list(_unread(evidence))
    items = tensors(operation) if operation is not None and unread else ()
    return [found for item in items for found in _in_place_of(evidence, item, unread)]


def _in_place_of(
    evidence: Evidence, item: Argument, unread: list[tuple[Frame, str, TensorRecord]]
) -> Iterator[Candidate]:
    if item.span is None:
        return
    # What stands in it as well: `mask` of `mask == 0`.
    own = [item.span, *(part for part in evidence.chains if _within(part, item.span) and part.text.isidentifier())]
    spans = [*own, *(origin.span for part in own for origin in evidence.chains.get(part, ()))]
    for frame, name, record in unread:
        for span in dict.fromkeys(each for each in spans if _within(each, frame.statement)):
            held = frame.names.get(span.text)
            if held is None or held.record is None or held.record.shape == record.shape:
                continue
            came_as_it_was = item.value.record is not None and held.record.shape == item.value.record.shape
            if held.record.dtype != record.dtype or (
                len(held.record.shape) != len(record.shape) and not came_as_it_was
            ):
                continue
            trial = (Step("stand_in", item.role, record.shape),) if came_as_it_was else ()
            yield Candidate(f"{span.text} -> {name}", (Change(span, name),), trial, _COST)


def _within(span: Span, whole: Span) -> bool:
    begin, end = (whole.line, whole.column), (whole.end_line, whole.end_column)
    return span.file == whole.file and begin <= (span.line, span.column) and (span.end_line, span.end_column) <= end


def _unread(evidence: Evidence) -> Iterator[tuple[Frame, str, TensorRecord]]:
    """The one parameter that a function on the way never reads, with the tensor that it was given."""
    for frame in evidence.frames:
        source = source_of(frame.span.file) if frame.is_user else None
        node = source.node_at(frame.span) if source is not None else None
        function = function_around(node) if node is not None else None
        if function is None:
            continue
        read = {each.id for each in ast.walk(function) if isinstance(each, ast.Name)}
        taken = [each.arg for each in (*function.args.args, *function.args.kwonlyargs)]
        unread = [each for each in taken if each not in {*read, "self", "cls"} and not each.startswith("_")]
        held = frame.names.get(unread[0]) if len(unread) == 1 else None
        if held is not None and held.record is not None:
            yield frame, unread[0], held.record
