"""Tensors that a call takes in one tuple, and that it was given one by one: what is joined, the states of an LSTM."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import wrapped
from shapecheck.reading.failing import failed, kind
from shapecheck.reading.mismatches import JOINS
from shapecheck.reading.sources import found_at

_TAKES_A_TUPLE = (*JOINS, "stack", "vstack", "hstack", "dstack", "column_stack", "row_stack")
_COST = 0.02
# What a call gives may be no value that is known.
_KINDS = ("tensor", "array", "other")
_ROWS = "something that it was to be joined with may be left out"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.cat((a, b), 1)`` for ``torch.cat(a, b, 1)``, and ``lstm(x, (h, c))`` for ``lstm(x, h, c)``."""
    if evidence.crash is None or evidence.crash.type != "TypeError":
        return []
    operation = failed(evidence, *_TAKES_A_TUPLE, "LSTM", "LSTMCell")
    return list(_in_one(operation)) if operation is not None else []


def _in_one(operation: Operation) -> Iterator[Candidate]:
    source, call = found_at(operation.span)
    if source is None or not isinstance(call, ast.Call):
        return
    by_place = {(item.span.line, item.span.column): item for item in operation.arguments if item.span is not None}
    given = []
    for each in call.args:
        span = source.span(each)
        item = by_place.get((span.line, span.column))
        if item is None or item.value.kind not in _KINDS:
            break
        given.append(item)
    is_layer = kind(operation).startswith("LSTM")
    parts = given[1:] if is_layer else given
    if len(parts) == 2 or (len(parts) > 2 and not is_layer):
        yield from _bracketed(parts)
    elif len(parts) == 1 and not is_layer:
        yield from _rows(operation, parts[0])


def _bracketed(parts: list[Argument]) -> Iterator[Candidate]:
    first, last = parts[0].span, parts[-1].span
    if first is None or last is None:
        return
    text = f"({', '.join(each.expression for each in parts)})"
    if first.line == last.end_line:
        whole = Span(first.file, first.line, first.column, last.end_line, last.end_column, text[1:-1])
        yield Candidate(text, (Change(whole, text),), (), _COST)
    else:
        yield Candidate(text, (wrapped(first, "(", ""), wrapped(last, "", ")")), (), _COST)


def _rows(operation: Operation, item: Argument) -> Iterator[Candidate]:
    """The rows of the one tensor there is: stacked they are that tensor again, as in a list of them."""
    if item.span is None or item.value.kind != "tensor":
        return
    change = wrapped(item.span, "list(", ")")
    yield Candidate(change.text, (change,), (), _COST + 0.1, "" if kind(operation) == "stack" else _ROWS)
