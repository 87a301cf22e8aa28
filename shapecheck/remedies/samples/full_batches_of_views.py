"""Samples that are counted for full batches, once or for several views of each, where the last batch has fewer."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.samples.batch_sizes import batch_sizes
from shapecheck.reading.sizes.size_texts import size_texts
from shapecheck.reading.sources import last_name, node_at, statement_of, walk
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.samples.full_batches import is_made_before, uneven_rows

CAUSE = "batch_size_written_down"
# One for all is better told where a name gets it, which may be read elsewhere as well.
_COST, _COST_OF_ONE = 0.03, 0.07
_COUNTS = ("arange", "range", "eye")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``arange(z.size(0) // views)`` for ``arange(batch_size)``, which is there for each view; ``eye`` of the rows."""
    found = uneven_rows(evidence)
    return list(_counted(evidence, *found)) if found is not None else []


def _counted(evidence: Evidence, item: Argument, have: int, rows: int) -> Iterator[Candidate]:
    told = set(batch_sizes(evidence))
    for place in spans_behind(evidence, item.span):
        for size in _counters(place):
            shared = told & {each.text for each in spans_behind(evidence, size, only_whole=True)}
            number = worked_out(evidence, size) if shared else None
            if type(number) is not int or number < 1 or is_made_before(evidence, place):
                continue
            views, rest = divmod(have, number)
            if rest or views < 1 or rows % views:
                continue
            whole = next((text for text in size_texts(evidence, size, rows) if text.endswith(".size(0)")), "")
            if whole:
                text = f"{whole} // {_written(evidence, size, views)}" if views > 1 else whole
                yield Candidate(
                    f"{size.text} -> {text}", (Change(size, text),), (), _COST if views > 1 else _COST_OF_ONE
                )
                return


def _counters(place: Span) -> Iterator[Span]:
    """How far something is counted in an expression."""
    node = expression(place.text)
    for each in walk(node):
        if isinstance(each, ast.Call) and last_name(each.func) in _COUNTS and len(each.args) == 1:
            yield piece(place, each.args[0])


def _written(evidence: Evidence, place: Span, views: int) -> str:
    """How the same statement writes the number of views; the number where it has no name there."""
    statement = statement_of(node_at(place))
    for each in walk(statement):
        if isinstance(each, ast.Name | ast.Attribute) and isinstance(each.ctx, ast.Load):
            span = Span(place.file, each.lineno, each.col_offset, each.end_lineno or 0, each.end_col_offset or 0)
            found = next((key for key in evidence.chains if (key.line, key.column) == (span.line, span.column)), None)
            if found is not None and found.text == ast.unparse(each) and worked_out(evidence, found) == views:
                return found.text
    return str(views)
