"""Tensors of one data set with different numbers of samples: another name, another beginning, another axis."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span, Value
from shapecheck.reading.edits import bracketed, expression, piece, replaced, suffixed, whole_number
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import last_name, source_of, statement_of, trace, user_sources
from shapecheck.remedies.arithmetic import worked_out

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
        found += _along_other_axis(item, other)
        found += _begun_elsewhere(evidence, item, other)
        found += _cut_off(item, other)
    return found


def _named_like(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    """Another variable that has as many samples, and shares a word with the other tensor: ``y_train`` for ``y``."""
    frame = evidence.user_frame
    if frame is None or item.span is None or not item.span.text.isidentifier():
        return
    own, words = _words(item.expression), _words(other.expression)
    for name, held in frame.names.items():
        if name not in (item.expression, other.expression) and _is_alike(held, item, sizes_of(other)[0]):
            new = _words(name) - own
            is_sure = bool(new & words) and bool(_words(name) & own)
            # Of two parts of a split, either may be meant, if it is not said for which one the data set is.
            is_sure &= not own - _words(name) or bool(new & _said_before(item.span))
            cost, doubt = (0.02, "") if is_sure else (0.3, _OTHER_NAME)
            yield Candidate(name, (replaced(item.span, name),), (), cost, doubt)


def _said_before(span: Span) -> set[str]:
    """The words of the names that the statement gives its value to."""
    source = source_of(span.file)
    node = source.node_at(span) if source is not None else None
    statement = statement_of(node) if node is not None else None
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {word for target in targets for word in _words(ast.unparse(target))}


def _words(name: str) -> set[str]:
    return {part for part in name.lower().strip("_").split("_") if part}


def _is_alike(held: Value, item: Argument, rows: int) -> bool:
    record, own = held.record, item.value.record
    if record is None or own is None or held.kind != "tensor" or record.dtype != own.dtype:
        return False
    return len(record.shape) == len(own.shape) and record.shape == (rows, *own.shape[1:])


def _along_other_axis(item: Argument, other: Argument) -> Iterator[Candidate]:
    """A table that has its samples along the second axis, or an axis of one in front of them."""
    sizes, rows = sizes_of(item), sizes_of(other)[0]
    if item.span is None or len(sizes) < 2 or sizes[1] != rows:
        return
    new = ".squeeze(0)" if sizes[0] == 1 else ".t()" if len(sizes) == 2 else ".transpose(0, 1)"
    yield Candidate(f"{item.expression}{new}", (suffixed(item.span, new),), (), 0.1)


def _begun_elsewhere(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    """A slice of a series that begins later: of a target, where the first window ends."""
    more = sizes_of(item)[0] - sizes_of(other)[0]
    for origin in trace(evidence, item.span) if item.span is not None and more > 0 else ():
        node = expression(origin.span.text)
        is_slice = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice)
        if not is_slice or node.slice.upper is not None or node.slice.step is not None:  # type: ignore[union-attr]
            continue
        lower = node.slice.lower  # type: ignore[union-attr]
        begin = piece(origin.span, lower) if lower is not None else None
        now = worked_out(evidence, begin) if begin is not None else 0
        if now is None or begin is None:
            continue
        text = _later(lower, begin, more)
        is_behind = now + more in set(_windows_left(evidence))
        yield Candidate(text, (Change(begin, text),), (), 0.1, "" if is_behind else _EITHER)
        return


def _cut_off(item: Argument, other: Argument) -> Iterator[Candidate]:
    """As many of the longer one as the shorter one has, which need not be the right ones."""
    more = sizes_of(item)[0] - sizes_of(other)[0]
    if more > 0 and item.span is not None and other.expression.isidentifier():
        text = f"[:len({other.expression})]"
        yield Candidate(f"{item.expression}{text}", (suffixed(item.span, text),), (), 0.6, _EITHER)


def _later(lower: ast.expr | None, begin: Span, more: int) -> str:
    """A beginning so many items later, without a number that comes to nothing: ``window`` of ``window - 1``."""
    number = whole_number(lower) if lower is not None else None
    if number is not None:
        return str(number + more)
    if isinstance(lower, ast.BinOp) and isinstance(lower.op, ast.Sub) and whole_number(lower.right) == more:
        return ast.unparse(lower.left)
    return f"{bracketed(begin.text)} + {more}"


def _windows_left(evidence: Evidence) -> Iterator[int]:
    """How many items loops over windows leave at the end, behind the last window one at the least: ``len(x) - n``."""
    for source in user_sources(evidence):
        for call in source.calls("range"):
            end = call.args[min(len(call.args), 2) - 1] if call.args else None
            if isinstance(end, ast.BinOp) and isinstance(end.op, ast.Sub):
                is_length = isinstance(end.left, ast.Call) and last_name(end.left.func) == "len"
                left = worked_out(evidence, source.span(end.right)) if is_length else None
                if left is not None:
                    yield int(left)
