"""A parameter that its function never reads, where another was handed on in its place: ``attend(q, k, v, mask)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Frame
from shapecheck.reading.definitions import parameters_given
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.sources import function_at, unread_parameters

CAUSE = "another_name_meant"
_COST = 0.05
# Of another name than the one that stands there it may be left unread on purpose.
_COST_OF_ANOTHER = 0.7
# What belongs to another step, or is what something is held against.
_OTHERS = {"next", "old", "prev", "previous", "new", "target"}
_UNREAD = "a parameter may be left unread on purpose"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The unread parameter in place of an operand, or of what was handed on to become one."""
    operation = failed(evidence)
    unread = list(_unread(evidence))
    items = tensors(operation) if operation is not None and unread else ()
    return [found for item in items for found in _in_place_of(evidence, item, unread)]


def _in_place_of(
    evidence: Evidence, item: Argument, unread: list[tuple[Frame, ast.FunctionDef, str]]
) -> Iterator[Candidate]:
    if item.span is None:
        return
    # What stands in it as well: `mask` of `mask == 0`.
    own = [item.span, *(part for part in evidence.chains if item.span.holds(part) and part.text.isidentifier())]
    spans = [*own, *(origin.span for part in own for origin in evidence.chains.get(part, ()))]
    for frame, function, name in unread:
        other = frame.names[name].record
        for span in dict.fromkeys(each for each in spans if frame.statement.holds(each)):
            held = frame.names[span.text].record if span.text in frame.names else None
            if held is None or other is None or (held.dtype, held.shape == other.shape) != (other.dtype, False):
                continue
            came_as_it_was = item.value.record is not None and held.shape == item.value.record.shape
            is_alike = bool(set(name.split("_")) & set(span.text.split("_")))
            if span.text not in parameters_given(function) or not (
                came_as_it_was or (is_alike and len(held.shape) == len(other.shape))
            ):
                continue
            trial = (Step("stand_in", item.role, other.shape),) if came_as_it_was else ()
            is_other = bool((set(name.split("_")) ^ set(span.text.split("_"))) & _OTHERS)
            cost, doubt = _COST if is_alike else _COST_OF_ANOTHER, _UNREAD if is_other or not is_alike else ""
            yield Candidate(f"{span.text} -> {name}", (Change(span, name),), trial, cost, doubt)


def _unread(evidence: Evidence) -> Iterator[tuple[Frame, ast.FunctionDef, str]]:
    """The one parameter that a function on the way never reads, if it was given a tensor."""
    for frame in evidence.frames:
        function = function_at(frame.span) if frame.is_user else None
        unread = [each for each in unread_parameters(frame.span) if not each.startswith("_")] if function else []
        if function is not None and len(unread) == 1 and unread[0] in frame.names:
            yield frame, function, unread[0]
