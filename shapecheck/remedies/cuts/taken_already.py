"""An index that takes a step of what has no steps any more: one was taken, or all were summed up, where it was made."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import call_of, expression, index_parts, whole_number
from shapecheck.reading.failing import RECURRENT, failed, operand, says
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import found_at, function_around, is_named, items_of, last_name, walk
from shapecheck.reading.vocabulary import SUMMARIES

WHICH = "of the two places that leave no axis of steps, this one may be the one that was meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The tensor as it is, without the index."""
    return list(_as_it_is(evidence))


def is_open(evidence: Evidence) -> bool:
    """Whether a step was taken before, and which of the two places was meant is not known."""
    return any(each.doubt for each in _as_it_is(evidence))


def _as_it_is(evidence: Evidence) -> Iterator[Candidate]:
    operation = failed(evidence, "__getitem__")
    item, index = (operand(operation, role) for role in ("self", "index"))
    if operation is None or item is None or index is None or not says(evidence, r"too many indices"):
        return
    if operation.span is None or item.span is None or index.span is None or item.value.record is None:
        return
    parts = [part for part, _ in index_parts(index.span)]
    taken = _numbers(parts)
    if len(taken) != 1 or len(parts) != len(item.value.record.shape) + 1:
        return
    for span in spans_of(evidence, item.span):
        node = expression(span.text)
        if isinstance(node, ast.Subscript) and not isinstance(node.value, ast.Call):
            before = _numbers(items_of(node.slice))
            is_one = len(before) == 1
            is_sure = before == taken or (before == {0: -1} and _is_state(evidence, span, ast.unparse(node.value)))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SUMMARIES:
            is_one, is_sure = bool(node.args or node.keywords), False
        else:
            continue
        if is_one:
            doubt = "" if is_sure else WHICH
            yield Candidate(item.span.text, (Change(operation.span, item.span.text),), (), 0.1, doubt)
        return


def _is_state(evidence: Evidence, place: Span, name: str) -> bool:
    """Whether a name is a state that a recurrent layer gave beside its steps: ``out, (h_n, c_n) = lstm(x)``."""
    source, node = found_at(place)
    if source is None or node is None:
        return False
    for each in walk(function_around(node) or source.tree):
        if not isinstance(each, ast.Assign) or not isinstance(each.value, ast.Call):
            continue
        target = each.targets[0]
        states = walk(target.elts[1]) if isinstance(target, ast.Tuple) and len(target.elts) == 2 else ()
        if any(is_named(part, name) for part in states):
            makers = (call_of(origin.span) for origin in trace(evidence, source.span(each.value.func)))
            return any(made is not None and last_name(made.func) in RECURRENT for made in makers)
    return False


def _numbers(parts: list[ast.expr]) -> dict[int, int]:
    """Axis -> the number of the item that is taken of it, where all that else is taken is everything; else nothing."""
    found = {at: number for at, part in enumerate(parts) if (number := whole_number(part)) is not None}
    return found if all(at in found or ast.unparse(part) == ":" for at, part in enumerate(parts)) else {}
