"""A row that is longer than the buffer which it is stored in by its own length: cut to what the buffer was made for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, index_parts, piece, suffixed
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.origins import trace
from shapecheck.reading.sizes.said_sizes import stored
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import home_around, last_name, node_at, parents, walk
from shapecheck.reading.ways_back import spans_behind
from shapecheck.reading.where_made import made_or_written

_COST = 0.05
_RECKONED = ("max", "min", "len", "sum", "mean", "median", "percentile", "quantile", "amax", "round")
_MARKED = "a mark is put to the row, which is cut off, and the length may have been reckoned without it"
_COUNTED = "the length of the row is read for something else as well, where it stays what it was"
_LATEST = re.compile(r"window|history|look_?back|past|recent|last|latest")
_IN_FRONT = "the row ends where the buffer does, and it may be its end that is to be kept"
_LONGER = "the buffer may have been meant to be as long as the longest of what is stored in it"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``rows[i, :len(row)] = row[:length]``, where rows is ``zeros(count, length)``; and so of tables, ``[:n, :n]``."""
    operation, said = failed(evidence, "__setitem__"), stored(evidence)
    if operation is None or said is None:
        return []
    buffer, index, value = (operand(operation, role) for role in ("self", "index", "value"))
    if buffer is None or index is None or value is None or index.span is None or value.span is None:
        return []
    (place, given), parts = said, [part for part, _ in index_parts(index.span)]
    ats = _longer(parts, place, given)
    if not ats:
        return []
    lengths = [_length(evidence, buffer, at) for at in ats]
    ends = [f":{buffer.expression}.shape[{at}]" for at in ats]
    cut = ", ".join(f":{length.text}" if length else end for length, end in zip(lengths, ends, strict=True))
    cut = f"[{cut}]"
    doubts = (
        (_LONGER, any(length is None or not _is_given(evidence, length) for length in lengths)),
        # What is cut on several sides may as well be made smaller: that is told where others are cut to it too.
        (_LONGER, len(ats) > 1 and not all(length is not None and _cuts_others(length) for length in lengths)),
        (_MARKED, any(map(_is_marked, _made_of(evidence, value.span)))),
        (_IN_FRONT, any(ast.unparse(parts[at]).endswith(":") for at in ats) or _LATEST.search(cut) is not None),
        (_COUNTED, any(_is_counted(index.span, parts[at]) for at in ats)),
    )
    change = suffixed(value.span, cut)
    return [Candidate(change.text, (change,), (), _COST, next((each for each, holds in doubts if holds), ""))]


def _longer(parts: list[ast.expr], place: tuple[int, ...], given: tuple[int, ...]) -> list[int]:
    """The first parts of an index along which more is given than there is place, each of them by its length."""
    slices = [at for at, part in enumerate(parts) if isinstance(part, ast.Slice)]
    if len(place) != len(given):
        return []
    more = [axis for axis, (have, want) in enumerate(zip(given, place, strict=True)) if have > want]
    is_fit = more == list(range(len(more))) and given[len(more) :] == place[len(more) :] and len(more) <= len(slices)
    return slices[: len(more)] if is_fit and all(_is_by_length(parts[at]) for at in slices[: len(more)]) else []


def _is_given(evidence: Evidence, length: Span) -> bool:
    """Whether the length has a name, and was not reckoned from what is there, or others are cut to it as well."""
    if not isinstance(expression(length.text), ast.Name | ast.Attribute):
        return False
    if _cuts_others(length):
        return True
    made = (expression(each.text) for each in spans_behind(evidence, length))
    calls = (each for node in made if node is not None for each in walk(node) if isinstance(each, ast.Call))
    return not any(last_name(each.func) in _RECKONED for each in calls)


def _cuts_others(length: Span) -> bool:
    """Whether something is cut to a length in the same function."""
    nodes = walk(home_around(node_at(length)))
    cuts = [each.slice for each in nodes if isinstance(each, ast.Subscript) and isinstance(each.ctx, ast.Load)]
    return any(isinstance(each, ast.Slice) and ast.unparse(each) == f":{length.text}" for each in cuts)


def _is_counted(index: Span, part: ast.expr) -> bool:
    """Whether the length by which a row is stored is asked for elsewhere around, and not to index something."""
    asked = {ast.unparse(each) for each in walk(part) if isinstance(each, ast.Call) and last_name(each.func) == "len"}
    home = home_around(node_at(index))
    calls = [each for each in walk(home) if isinstance(each, ast.Call) and ast.unparse(each) in asked]
    return any(not any(isinstance(up, ast.Slice) for up in parents(each)) for each in calls)


def _made_of(evidence: Evidence, row: Span) -> Iterator[Span]:
    """A row, and what the names in it were made of."""
    yield row
    for name in walk(expression(row.text)):
        if isinstance(name, ast.Name):
            yield from (each.span for each in trace(evidence, piece(row, name), parts=True))


def _is_marked(span: Span) -> bool:
    """Whether something is written to one end of a list: ``[1] + words + [2]``, ``[1, *words]``."""
    nodes = list(walk(expression(span.text)))
    sides = [side for each in nodes if isinstance(each, ast.BinOp) for side in (each.left, each.right)]
    lists = [each for each in nodes if isinstance(each, ast.List)]
    return any(each in sides or any(isinstance(part, ast.Starred) for part in each.elts) for each in lists)


def _is_by_length(part: ast.expr) -> bool:
    """``:len(row)`` and, for what is filled up in front, ``-len(row):``."""
    if not isinstance(part, ast.Slice) or part.step is not None or (part.lower is None) == (part.upper is None):
        return False
    bound = part.upper or part.lower
    return not isinstance(bound, ast.Constant)


def _length(evidence: Evidence, buffer: Argument, axis: int) -> Span | None:
    """The size that the buffer was made with along an axis."""
    for origin in made_or_written(evidence, buffer):
        sizes = written_sizes(origin.span, evidence) or ()
        if axis < len(sizes):
            return sizes[axis]
    return None
