"""Windows that end before they should: those a step ahead as late as the others, those behind them where they begin."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import Source, user_sources, walk

_COST = 0.01
_SEVERAL = "several windows are cut in this way, and which of them gives the targets is not known"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``x[i + 1:i + n + 1]`` for ``x[i + 1:i + n]`` beside ``x[i:i + n]``, and ``x[i + n:i + n + k]``."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    given, target = (sizes_of(operand(operation, role)) for role in ("input", "target"))
    if operation is None or not given or not target:
        return []
    sources = user_sources(evidence)
    cut = _behind if target[-1] == 0 else _ahead
    if target[-1] and target[0] >= given[0]:
        is_in_rows = target[0] == given[0] and len(target) > 1
        return [each for source in sources for each in _as_long(source, given[1:], target[1])] if is_in_rows else []
    ways = [way for source in sources for way in cut(source)]
    return [each.doubted(_SEVERAL if len(ways) > 1 else "") for each in ways]


def _slices(source: Source) -> Iterator[tuple[str, ast.Slice]]:
    for each in walk(source.tree):
        if isinstance(each, ast.Subscript):
            part = each.slice.elts[0] if isinstance(each.slice, ast.Tuple) and each.slice.elts else each.slice
            if isinstance(part, ast.Slice) and part.lower is not None and part.upper is not None and part.step is None:
                yield ast.unparse(each.value), part


def _ahead(source: Source) -> Iterator[Candidate]:
    """The end of the windows that begin a few steps behind others of the same row, and end where these end."""
    every = list(_slices(source))
    for base, one in every:
        for other_base, other in every:
            lower = other.lower
            more = whole_number(lower.right) if isinstance(lower, ast.BinOp) and isinstance(lower.op, ast.Add) else None
            if base != other_base or one is other or not more or not isinstance(lower, ast.BinOp):
                continue
            begins = ast.unparse(lower.left) == _text(one.lower)
            if begins and _text(one.upper) == _text(other.upper) and other.upper is not None:
                span = source.span(other.upper)
                text = f"{span.text} + {more}"
                yield Candidate(text, (Change(span, text),), (), _COST)


def _as_long(source: Source, given: Sequence[int], have: int) -> Iterator[Candidate]:
    """The end of the targets' windows where they are as long as those that they are some steps ahead of."""
    every = [(base, each, _steps(each.lower), _steps(each.upper)) for base, each in _slices(source)]
    for base, _, begin, end in every:
        for other_base, other, ahead, last in every:
            if base != other_base or not begin[0] == end[0] == ahead[0] == last[0] or ahead[1] <= begin[1]:
                continue
            length = end[1] - begin[1]
            is_told = isinstance(other.upper, ast.BinOp) and last[1] - ahead[1] == have != length in given
            if isinstance(other.upper, ast.BinOp) and is_told:
                text = str(ahead[1] + length)
                yield Candidate(text, (Change(source.span(other.upper.right), text),), (), _COST)


def _steps(node: ast.expr | None) -> tuple[str, int]:
    """From what an end is counted, and how many steps behind it: ``i + 4``."""
    more = whole_number(node.right) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) else None
    if isinstance(node, ast.BinOp) and more is not None:
        return ast.unparse(node.left), more
    return _text(node), 0


def _behind(source: Source) -> Iterator[Candidate]:
    """The end of a window, counted from where it begins: ``i + n + k`` for ``i + k`` of what begins at ``i + n``."""
    for _, each in _slices(source):
        lower, upper = each.lower, each.upper
        if not isinstance(lower, ast.BinOp) or not isinstance(upper, ast.BinOp):
            continue
        are_sums = isinstance(lower.op, ast.Add) and isinstance(upper.op, ast.Add)
        if are_sums and _text(lower.left) == _text(upper.left) and _text(lower.right) != _text(upper.right):
            text = f"{source.span(lower).text} + {source.span(upper.right).text}"
            yield Candidate(text, (Change(source.span(upper), text),), (), _COST)


def _text(node: ast.expr | None) -> str:
    return ast.unparse(node) if node is not None else ""
