"""The output of a cell, (batch, hidden), of which an index took a sample where a step or a layer was meant."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.failing import CELLS, failed, kind, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import function_around, source_of, trace

_CELL = re.compile(r"\b(?:LSTM|GRU|RNN)Cell\(")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The output as it is, where an operand comes from one that was indexed."""
    operation = failed(evidence)
    outer = evidence.operation
    items = [*tensors(operation), *(tensors(outer) if outer is not None else ())] if operation is not None else []
    found: list[Candidate] = []
    ways = [way for item in items if item.span is not None for way in _indexed(evidence, item.span)]
    if operation is not None and kind(operation) in CELLS and any(len(sizes_of(item)) == 1 for item in items):
        # What a list kept from the round before has no way back that could be followed.
        ways += _in_function(operation)
    for span, base in dict.fromkeys(ways):
        if _is_of_cell(evidence, base):
            found.append(Candidate(base.text, (Change(span, base.text),), (), 0.05))
    return found


def _in_function(operation: Operation) -> Iterator[tuple[Span, Span]]:
    """The indices of one position in the function that calls a cell."""
    source = source_of(operation.span.file) if operation.span is not None else None
    node = source.node_at(operation.span) if source is not None and operation.span is not None else None
    if source is not None and node is not None:
        for each in ast.walk(function_around(node) or source.tree):
            if _is_one_position(each) and isinstance(each, ast.Subscript):
                yield source.span(each), source.span(each.value)


def _is_one_position(node: ast.AST) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and whole_number(node.slice) is not None


def _indexed(evidence: Evidence, place: Span) -> Iterator[tuple[Span, Span]]:
    """The indices of one position behind an operand, each with what it is taken of."""
    seen: set[Span] = set()
    following = [place]
    while following:
        one = following.pop(0)
        if one in seen:
            continue
        seen.add(one)
        tree = expression(one.text)
        for node in ast.walk(tree) if tree is not None else ():
            if _is_one_position(node) and isinstance(node, ast.Subscript):
                yield piece(one, node), piece(one, node.value)
        for key, origins in evidence.chains.items():
            if one.holds(key):
                following += [origin.span for origin in origins if origin.is_whole]


def _is_of_cell(evidence: Evidence, base: Span) -> bool:
    """Whether a name is what a cell gave last: of an LSTMCell one part, of the others the whole."""
    for origin in trace(evidence, base, parts=True)[:1]:
        call = expression(origin.span.text)
        made = trace(evidence, piece(origin.span, call.func), parts=True) if isinstance(call, ast.Call) else ()
        kinds = [found.group() for each in made if (found := _CELL.search(each.span.text)) is not None]
        is_whole = origin.span in [each.span for each in trace(evidence, base)]
        return bool(kinds) and (kinds[0] == "LSTMCell(") is not is_whole
    return False
