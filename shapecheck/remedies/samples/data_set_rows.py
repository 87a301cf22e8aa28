"""Tensors of one data set with different numbers of samples: another name, another beginning, another axis."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span, Value
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import bracketed, expression, piece, replaced, suffixed, whole_number
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import found_at, function_around, node_at, statement_of, walk

_OTHER_NAME = "another tensor may have been meant, or the same with other samples"
_EITHER = "as many may be left out of the other tensor instead, or at the other end"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for a ``TensorDataset`` whose tensors do not count the same samples."""
    operation = failed(evidence, "TensorDataset")
    given = [item for item in operation.arguments if sizes_of(item)] if operation is not None else []
    if len(given) != 2 or sizes_of(given[0])[0] == sizes_of(given[1])[0]:
        return []
    found: list[Candidate] = []
    for item, other in (given, given[::-1]):
        found += _named_like(evidence, item, other)
        found += _along_other_axis(evidence, item, other)
        found += _begun_elsewhere(evidence, item, other)
        found += _cut_off(item, other)
    return found


def _named_like(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    """Another variable that has as many samples, and shares a word with the other tensor: ``y_train`` for ``y``."""
    if item.span is None or not item.span.text.isidentifier():
        return
    own, words = _words(item.expression), _words(other.expression)
    sure, fitting = list[str](), list[str]()
    for name, held in evidence.held.items():
        if name not in (item.expression, other.expression) and _is_alike(held, item, sizes_of(other)[0]):
            new = _words(name) - own
            is_sure = bool(new & words) and bool(_words(name) & own)
            # Of two parts of a split, either may be meant, if it is not said for which one the data set is.
            is_sure &= not own - _words(name) or bool(new & _said_before(item.span))
            (sure if is_sure else fitting).append(name)
    for name in (*sure, *fitting):
        is_one = sure == [name]
        yield Candidate(name, (replaced(item.span, name),), (), 0.02 if is_one else 0.3, "" if is_one else _OTHER_NAME)


def _said_before(span: Span) -> set[str]:
    """The words of the names that the statement gives its value to."""
    node = node_at(span)
    statement = statement_of(node)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {word for target in targets for word in _words(ast.unparse(target))}


def _words(name: str) -> set[str]:
    return {part for part in name.lower().strip("_").split("_") if part}


def _is_alike(held: Value, item: Argument, rows: int) -> bool:
    record, own = held.record, item.value.record
    if record is None or own is None or held.kind != "tensor" or record.dtype != own.dtype:
        return False
    return len(record.shape) == len(own.shape) and record.shape == (rows, *own.shape[1:])


def _along_other_axis(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    """A table that has its samples along the second axis, or an axis of one in front of them."""
    sizes, rows = sizes_of(item), sizes_of(other)[0]
    if item.span is None or len(sizes) < 2 or sizes[1] != rows:
        return
    new = ".squeeze(0)" if sizes[0] == 1 else ".t()" if len(sizes) == 2 else ".transpose(0, 1)"
    # Whoever has cut one of them may have cut it wrongly.
    is_cut = any(
        "[" in origin.span.text for each in (item, other) if each.span for origin in trace(evidence, each.span)
    )
    yield Candidate(f"{item.expression}{new}", (suffixed(item.span, new),), (), 0.1, _EITHER if is_cut else "")


def _begun_elsewhere(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    """A slice of a series that begins later: of what is foretold, right behind the first window of the same series."""
    more = sizes_of(item)[0] - sizes_of(other)[0]
    for origin in trace(evidence, item.span) if item.span is not None and more > 0 else ():
        node = expression(origin.span.text)
        part = node.slice if isinstance(node, ast.Subscript) else None
        if not isinstance(node, ast.Subscript) or not isinstance(part, ast.Slice) or part.lower is None:
            continue
        begin = piece(origin.span, part.lower)
        now = worked_out(evidence, begin)
        if now is None or part.upper is not None or part.step is not None:
            continue
        text = _later(part.lower, more)
        is_behind = {now + more} == set(_windows(evidence, origin.span, ast.unparse(node.value)))
        yield Candidate(f"{begin.text} -> {text}", (Change(begin, text),), (), 0.1, "" if is_behind else _EITHER)
        return


def _cut_off(item: Argument, other: Argument) -> Iterator[Candidate]:
    """As many of the longer one as the shorter one has, which need not be the right ones."""
    more = sizes_of(item)[0] - sizes_of(other)[0]
    if more > 0 and item.span is not None and other.expression.isidentifier():
        text = f"[:len({other.expression})]"
        yield Candidate(f"{item.expression}{text}", (suffixed(item.span, text),), (), 0.6, _EITHER)


def _later(lower: ast.expr, more: int) -> str:
    """A beginning so many items later, with one number at most: ``window`` of ``window - 1``."""
    number = whole_number(lower)
    if number is not None:
        return str(number + more)
    if isinstance(lower, ast.BinOp) and isinstance(lower.op, ast.Sub | ast.Add):
        known = whole_number(lower.right)
        if known is not None:
            rest = more - known if isinstance(lower.op, ast.Sub) else more + known
            sign = "+" if rest > 0 else "-"
            return f"{ast.unparse(lower.left)} {sign} {abs(rest)}" if rest else ast.unparse(lower.left)
    return f"{bracketed(ast.unparse(lower))} + {more}"


def _windows(evidence: Evidence, place: Span, series: str) -> Iterator[int]:
    """How long the windows are that the same function cuts out of a series: ``series[at : at + size]``."""
    source, node = found_at(place)
    around = (function_around(node) or source.tree) if source is not None and node is not None else None
    for each in walk(around):
        part = each.slice if isinstance(each, ast.Subscript) else None
        if not isinstance(each, ast.Subscript) or not isinstance(part, ast.Slice) or ast.unparse(each.value) != series:
            continue
        end = part.upper
        if part.lower is not None and isinstance(end, ast.BinOp) and isinstance(end.op, ast.Add):
            sides = [side for side in (end.left, end.right) if ast.unparse(side) != ast.unparse(part.lower)]
            size = worked_out(evidence, source.span(sides[0])) if source is not None and len(sides) == 1 else None
            if size is not None:
                yield int(size)
