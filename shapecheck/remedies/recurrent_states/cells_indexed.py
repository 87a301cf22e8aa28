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
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, found_at, function_around, last_name, walk
from shapecheck.reading.ways_back import spans_behind

_ONE_SAMPLE = "one sample of the batch may be meant"
_LAYER = re.compile(r"(?:torch\.)?nn\.[A-Z]\w*\(|(?:Linear|Embedding|LayerNorm|\w+Cell)\(")
_CELL = re.compile(r"\b(?:LSTM|GRU|RNN)Cell\(")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The output as it is, where an operand comes from one that was indexed."""
    operation = failed(evidence)
    outer = evidence.operation
    items = [*tensors(operation), *tensors(outer)] if operation is not None else []
    found: list[Candidate] = []
    ways = [way for item in items if item.span is not None for way in _indexed(evidence, item.span)]
    if operation is not None and kind(operation) in CELLS and any(len(sizes_of(item)) == 1 for item in items):
        # What a list kept from the round before has no way back that could be followed.
        ways += _in_function(operation)
    for span, base in dict.fromkeys(ways):
        if _is_of_cell(evidence, base):
            doubt = "" if _is_input(evidence, operation, span) else _ONE_SAMPLE
            found.append(Candidate(base.text, (Change(span, base.text),), (), 0.05, doubt))
    return found


def _is_input(evidence: Evidence, operation: Operation | None, span: Span) -> bool:
    """Whether an index is what a layer is given, alone; of a cell that failed, what was kept for its next call too."""
    source, node = found_at(span)
    up = getattr(node, "parent", None)
    if source is None or node is None or up is None:
        return False
    if isinstance(up, ast.Call) and _is_layer(evidence, source.span(up.func)):
        return True
    is_cell = operation is not None and kind(operation) in CELLS
    line = up if isinstance(up, ast.Assign) else getattr(up, "parent", None) if isinstance(up, ast.Tuple) else None
    if is_cell and isinstance(line, ast.Assign | ast.Call):
        return isinstance(line, ast.Assign) or _is_layer(evidence, source.span(line.func))
    if is_cell and isinstance(up, ast.Call):
        return last_name(up.func) == "append"
    names = [each.id for each in up.targets if isinstance(each, ast.Name)] if isinstance(up, ast.Assign) else []
    return any(
        isinstance(use, ast.Name)
        and use.id in names
        and isinstance(use.ctx, ast.Load)
        and _is_given(evidence, source, use)
        for use in walk(function_around(node) or source.tree)
    )


def _is_given(evidence: Evidence, source: Source, use: ast.Name) -> bool:
    """Whether a layer is called with a name alone."""
    call = getattr(use, "parent", None)
    return isinstance(call, ast.Call) and use in call.args and _is_layer(evidence, source.span(call.func))


def _is_layer(evidence: Evidence, place: Span) -> bool:
    """Whether what is called was made of a class of torch's layers."""
    return any(_LAYER.match(each.span.text) is not None for each in trace(evidence, place, parts=True))


def _in_function(operation: Operation) -> Iterator[tuple[Span, Span]]:
    """The indices of one position in the function that calls a cell."""
    source, node = found_at(operation.span)
    if source is not None and node is not None:
        for each in walk(function_around(node) or source.tree):
            if _is_one_position(each) and isinstance(each, ast.Subscript):
                yield source.span(each), source.span(each.value)


def _is_one_position(node: ast.AST) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and whole_number(node.slice) is not None


def _indexed(evidence: Evidence, place: Span) -> Iterator[tuple[Span, Span]]:
    """The indices of one position behind an operand, each with what it is taken of."""
    for one in spans_behind(evidence, place, only_whole=True):
        tree = expression(one.text)
        for node in walk(tree):
            if _is_one_position(node) and isinstance(node, ast.Subscript):
                yield piece(one, node), piece(one, node.value)


def _is_of_cell(evidence: Evidence, base: Span) -> bool:
    """Whether a name is what a cell gave last: of an LSTMCell one part, of the others the whole."""
    for origin in trace(evidence, base, parts=True)[:1]:
        call = expression(origin.span.text)
        made = trace(evidence, piece(origin.span, call.func), parts=True) if isinstance(call, ast.Call) else ()
        kinds = [found.group() for each in made if (found := _CELL.search(each.span.text)) is not None]
        is_whole = origin.span in [each.span for each in trace(evidence, base)]
        return bool(kinds) and (kinds[0] == "LSTMCell(") is not is_whole
    return False
