"""The numbers of a line of text behind a name that has blanks itself: counted from the end, as many as a row holds."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sizes.said_sizes import stored
from shapecheck.reading.sizes.size_texts import size_texts
from shapecheck.reading.sources import last_name, walk

_COST = 0.04
_FIRST = "it may be the first line that is stored, and all of them may have more fields than a row has numbers"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``fields[-dim:]`` for ``fields[1:]`` of ``line.split()``, where a line has too many of them for its row."""
    operation, said = failed(evidence, "__setitem__"), stored(evidence)
    table, value = operand(operation, "self"), operand(operation, "value")
    if table is None or value is None or value.span is None or said is None:
        return []
    place, given = said
    if len(place) != 1 or len(given) != 1 or given[0] <= place[0]:
        return []
    # A table of zeros that holds something has rows of lines that did fit.
    is_filled = any(table.value.facts.get(each) for each in ("min", "max"))
    doubt = "" if is_filled and _is_of_zeros(evidence, table) else _FIRST
    for part in _rests(evidence, value.span):
        text = next(size_texts(evidence, part, place[0]), str(place[0]))
        return [Candidate(f"[-{text}:]", (Change(part, f"-{text}:"),), (), _COST, doubt)]
    return []


def _is_of_zeros(evidence: Evidence, table: Argument) -> bool:
    made = trace(evidence, table.span)[:1] if table.span is not None else ()
    nodes = [expression(each.span.text) for each in made]
    return any(isinstance(each, ast.Call) and last_name(each.func) == "zeros" for each in nodes)


def _rests(evidence: Evidence, span: Span) -> Iterator[Span]:
    """The indices that take all but the first fields of a line: ``1:``."""
    for one in spans_of(evidence, span):
        for node in walk(expression(one.text)):
            part = node.slice if isinstance(node, ast.Subscript) else None
            if not isinstance(node, ast.Subscript) or not isinstance(part, ast.Slice):
                continue
            is_rest = part.upper is None and part.step is None and part.lower is not None
            is_behind = is_rest and part.lower is not None and (whole_number(part.lower) or 0) > 0
            if is_behind and _is_split(evidence, piece(one, node.value)):
                yield piece(one, part)


def _is_split(evidence: Evidence, span: Span) -> bool:
    spans = [span, *(each.span for each in trace(evidence, span)[:1])]
    nodes = [expression(each.text) for each in spans]
    return any(isinstance(each, ast.Call) and last_name(each.func) in ("split", "rsplit") for each in nodes)
