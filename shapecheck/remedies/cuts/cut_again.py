"""A part that is taken before something that wants the whole, and taken of its result once more: only behind it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import index_parts, piece, takes_all, whole_number
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.layers.layer_arguments import TAKEN
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import Source, home_around, source_of, statement_of, walk
from shapecheck.reading.ways_back import spans_behind

_COST = -0.02
_WIDTH = "the part may be what is meant, and the layer be made for another width"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``y = model(x)`` for ``y = model(x)[:, -1:]``, where ``y[:, -1:]`` is taken further down."""
    operation = failed(evidence)
    found: list[Candidate] = []
    if operation is None:
        return found
    # A layer was made for a width of its own, which may be that of the part.
    doubt = _WIDTH if failed(evidence, *TAKEN) is not None else ""
    items = [each for each in operation.arguments if each.value.kind in ("tensor", "array") and sizes_of(each)]
    for item in items or tensors(operation):
        for span in spans_behind(evidence, item.span):
            found += (each.doubted(doubt) for each in _uncut(evidence, span))
    return found


def _uncut(evidence: Evidence, span: Span) -> Iterator[Candidate]:
    source = source_of(span.file)
    node = source.node_at(span) if source is not None else None
    if source is None or not isinstance(node, ast.Subscript):
        return
    statement = statement_of(node)
    names = [name.id for name, value in _given(statement) if value is node and isinstance(name, ast.Name)]
    if names and _is_same_again(evidence, source, node) and any(_cut_behind(source, node, name) for name in names):
        text = source.span(node.value).text
        yield Candidate(f"{text} without {span.text[len(text) :]}", (Change(span, text),), (), _COST)


def _given(statement: ast.stmt | None) -> Iterator[tuple[ast.expr, ast.expr]]:
    yield from values_given(statement) if statement is not None else ()


def _cut_behind(source: Source, node: ast.Subscript, name: str) -> bool:
    """Whether the same part of what a name then holds is taken further down in the same function."""
    home, index = home_around(node), ast.dump(node.slice)
    return any(
        isinstance(value, ast.Subscript)
        and ast.unparse(value.value) == name
        and ast.dump(value.slice) == index
        and value.lineno > node.lineno
        for each in walk(home or source.tree)
        if home_around(each) is home
        for _, value in values_given(each)
    )


def _is_same_again(evidence: Evidence, source: Source, node: ast.Subscript) -> bool:
    """Whether a part of the part is the part: the last ones, ``-n:``, or the first ones, ``:n``."""
    inside = source.span(node.slice)
    parts = [each for each in index_parts(inside) if not takes_all(each[0]) and ast.unparse(each[0]) != "..."]
    return len(parts) == 1 and isinstance(parts[0][0], ast.Slice) and _is_end(evidence, inside, parts[0][0])


def _is_end(evidence: Evidence, inside: Span, part: ast.Slice) -> bool:
    if part.step is not None or (part.lower is not None and part.upper is not None):
        return False
    if part.lower is None:
        return True
    begin = whole_number(part.lower)
    if isinstance(part.lower, ast.UnaryOp) and isinstance(part.lower.op, ast.USub) and begin is None:
        # Counted from the end by a name; of nothing it would be the whole.
        return _number(evidence, piece(inside, part.lower.operand, before=2)) != 0
    begin = _number(evidence, piece(inside, part.lower, before=2)) if begin is None else begin
    return begin is not None and begin < 0


def _number(evidence: Evidence, span: Span) -> int | None:
    held = next((each.names[span.text] for each in evidence.frames if span.text in each.names), None)
    if held is not None and held.kind == "number" and held.text.lstrip("-").isdecimal():
        return int(held.text)
    found = worked_out(evidence, span)
    return found if type(found) is int else None
