"""A row that is spread over guesses which have a row for each sample: they are turned, or the row is made a column."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import call_of, line_after, piece
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, home_around, items_of, node_at, source_of, statement_of, walk

_COST = 0.04
_EITHER = "what is spread may as well be meant as a row, over guesses of which each column belongs to a sample"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``guesses = guesses.t()`` where rows of the result are taken behind it, else ``labels.view(-1, 1)``."""
    operation = failed(evidence, "expand_as")
    row, other = (operand(operation, role) for role in ("self", "other")) if operation is not None else (None, None)
    if row is None or other is None or row.span is None or other.span is None:
        return []
    have, want = sizes_of(row), sizes_of(other)
    if len(have) != 2 or len(want) != 2 or have != (1, want[0]) or have[1] in (1, want[1]):
        return []
    source = source_of(row.span.file)
    taken = _taken(evidence, source, node_at(row.span), want[1]) if source is not None else ""
    found = list(_turned(evidence, other)) if taken == "rows" else []
    return found or list(_column(row, "" if taken == "columns" else _EITHER))


def _taken(evidence: Evidence, source: Source, node: ast.expr | None, most: int) -> str:
    """Whether the first rows, ``correct[:k]``, or the first columns, ``correct[:, :k]``, are taken of the result.

    More rows than there are guesses of a sample are no guesses.
    """
    line, home = statement_of(node), home_around(node)
    names = {ast.unparse(each) for each in line.targets} if isinstance(line, ast.Assign) else set()
    for each in walk(home or source.tree):
        if isinstance(each, ast.Subscript) and ast.unparse(each.value) in names:
            parts = items_of(each.slice)
            if isinstance(parts[0], ast.Slice) and parts[0].upper is not None:
                many = worked_out(evidence, source.span(parts[0].upper))
                return "rows" if type(many) is not int or many <= most else ""
            if len(parts) > 1 and isinstance(parts[1], ast.Slice):
                return "columns"
    return ""


def _turned(evidence: Evidence, other: Argument) -> Iterator[Candidate]:
    """The guesses turned where they get their name."""
    for origin in trace(evidence, other.span, parts=True)[:1] if other.span is not None else ():
        source, line = source_of(origin.span.file), statement_of(node_at(origin.span))
        if source is not None and isinstance(line, ast.Assign) and other.expression.isidentifier():
            text = f"{other.expression} = {other.expression}.t()"
            yield Candidate(text, (line_after(source.span(line), text),), (Step("t", other.role),), _COST)


def _column(row: Argument, doubt: str) -> Iterator[Candidate]:
    call = call_of(row.span) if row.span is not None else None
    if row.span is None or call is None or [ast.unparse(each) for each in call.args] != ["1", "-1"]:
        return
    changes = tuple(Change(piece(row.span, each), text) for each, text in zip(call.args, ("-1", "1"), strict=True))
    text = f"{piece(row.span, call.func).text}(-1, 1)"
    yield Candidate(text, changes, (Step("t", row.role),), _COST, doubt)
