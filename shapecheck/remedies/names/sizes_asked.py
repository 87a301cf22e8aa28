"""A size that was asked of another axis than the one it is for: ``x.size(0)`` for the second size of a mask of x."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import INDEX_LOSSES, failed, operand, tensors
from shapecheck.reading.mismatches import ELEMENTWISE, sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import (
    Source,
    found_at,
    function_around,
    function_of_line,
    is_named,
    known_at,
    node_at,
    parents,
    source_of,
    statement_of,
    walk,
)
from shapecheck.reading.ways_back import spans_behind

CAUSE = "size_of_another_axis"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The size of the axis that it stands for, where the tensor of a factory differs from the other operand there."""
    operation = failed(evidence, *ELEMENTWISE)
    items = tensors(operation)
    found: list[Candidate] = []
    for item, other in (items[:2], items[1::-1]) if len(items) > 1 else ():
        have, want = sizes_of(item), sizes_of(other)
        if len(have) != len(want):
            continue
        different = [axis for axis, size in enumerate(have) if size not in (1, want[axis])]
        written = _written(evidence, item, len(have)) if len(different) == 1 else None
        if written is not None:
            axis = different[0]
            found += _asked(evidence, written[axis], axis, (have[axis], want[axis]))
            found += _of_other(evidence, written[axis], other, axis)
    return [*found, *_of_targets(evidence)]


def _of_other(evidence: Evidence, written: Span, other: Argument, axis: int) -> Iterator[Candidate]:
    """The size asked of the other operand itself, where a tensor was asked for it that has it nowhere."""
    own, there = _question(written), node_at(written)
    held = _shape_asked(evidence, own) if own is not None else ()
    is_known = there is not None and other.span is not None and other.span.text in known_at(there)
    if own is not None and is_known and other.span is not None and held and sizes_of(other)[axis] not in held:
        text = f"{other.span.text}.size({axis})"
        yield Candidate(f"{written.text} -> {text}", (Change(written, text),), (), 0.15)


def _of_targets(evidence: Evidence) -> Iterator[Candidate]:
    """Another axis to ask for the number of labels, which gives as many as there are rows of scores.

    ``torch.tensor([1] * ids.size(0))`` for scores of each token.
    """
    operation = failed(evidence, *INDEX_LOSSES)
    scores, labels = (operand(operation, role) for role in ("input", "target"))
    rows, count = (sizes_of(item)[0] if item is not None and sizes_of(item) else 0 for item in (scores, labels))
    if labels is None or labels.span is None or len(sizes_of(labels)) != 1 or not 0 < count < rows:
        return
    found: dict[Span, int] = {}
    for one in spans_behind(evidence, labels.span):
        tree = expression(one.text)
        for node in walk(tree):
            asked = _question(piece(one, node)) if isinstance(node, ast.Call | ast.Subscript) else None
            shape = _shape_asked(evidence, asked) if asked is not None else ()
            if asked is None or asked.axis >= len(shape) or count % max(shape[asked.axis], 1):
                continue
            more = count // max(shape[asked.axis], 1)
            # There are scores of each token: as many as both axes together have places.
            own = shape[asked.axis]
            fitting = [at for at, size in enumerate(shape) if at != asked.axis and more * size == rows == own * size]
            if len(fitting) == 1:
                found[asked.number] = fitting[0]
    # Where two sizes could be the wrong one, the labels may be in a list of lists.
    for number, axis in found.items() if len(found) == 1 else ():
        yield Candidate(f"size of axis {axis}", (Change(number, str(axis)),), (), 0.05)


def _shape_asked(evidence: Evidence, asked: _Asked) -> tuple[int, ...]:
    """The shape of the tensor that was asked for a size, in the function that asked and is still running."""
    source = source_of(asked.span.file)
    home = function_of_line(source, asked.span.line)
    for frame in evidence.frames:
        held = frame.names.get(asked.of)
        is_here = source is not None and frame.is_user and frame.span.file == asked.span.file
        if is_here and source is not None and function_of_line(source, frame.span.line) is home and held is not None:
            return sizes_of(held)
    return ()


def _written(evidence: Evidence, item: Argument, count: int) -> list[Span] | None:
    """The sizes of the factory that an operand comes from: ``m == 0`` of ``m = x.new_empty(1, n, w)``."""
    node = expression(item.span.text) if item.span is not None else None
    names = [ast.unparse(each) for each in walk(node) if isinstance(each, ast.Name)] if node is not None else []
    if item.span is None or len(set(names)) > 1:
        return written_sizes(item.span, evidence) if item.span is not None else None
    spans = [each.span for name in names for each in evidence.origins.get(name, ()) if each.is_whole]
    for span in (item.span, *spans):
        sizes = written_sizes(span, evidence)
        if sizes is not None:
            return sizes if len(sizes) == count else None
    return None


@dataclass(frozen=True, slots=True)
class _Asked:
    """An expression that asks a tensor for a size: where, of what, and along which axis."""

    span: Span
    of: str
    axis: int
    number: Span


def _asked(evidence: Evidence, size: Span, axis: int, sizes: tuple[int, int]) -> Iterator[Candidate]:
    own = _question(size)
    if own is not None:
        if _is_told(evidence, own, axis, sizes):
            yield Candidate(f"size of axis {axis}", (Change(own.number, str(axis)),), (), 0.05)
        return
    origins = trace(evidence, size, parts=True) if size.text.isidentifier() else ()
    for origin in origins[:1]:
        asked = _question(origin.span) if origin.is_whole else None
        if asked is None or not _is_told(evidence, asked, axis, sizes):
            continue
        condition = _branches(origin.statement, size)
        if condition is None:
            text = f"{asked.of}.size({axis})"
            yield Candidate(text, (Change(size, text),), (), 0.05)
        else:
            test, is_body = condition
            first, second = (axis, asked.axis) if is_body else (asked.axis, axis)
            text = f"{first} if {test} else {second}" if test else str(axis)
            yield Candidate(f"{asked.of}.size({text})", (Change(asked.number, text),), (), 0.05)


def _question(span: Span) -> _Asked | None:
    node = expression(span.text)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "size":
        base, place = node.func.value, node.args[0] if len(node.args) == 1 else None
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
        base, place = node.value.value, node.slice
    else:
        return None
    if not isinstance(place, ast.Constant) or type(place.value) is not int or not isinstance(base, ast.Name):
        return None
    return _Asked(span, base.id, place.value, piece(span, place))


def _is_told(evidence: Evidence, asked: _Asked, axis: int, sizes: tuple[int, int]) -> bool:
    """Whether the tensor that was asked has the wrong size where it was asked, and the right one at the axis meant."""
    frame = evidence.user_frame
    held = frame.names.get(asked.of) if frame is not None else None
    if held is None or held.record is None or frame is None or frame.span.file != asked.span.file:
        return False
    shape = held.record.shape
    known = asked.axis < len(shape) and axis < len(shape) and asked.axis != axis
    return known and (shape[asked.axis], shape[axis]) == sizes and shape.count(sizes[1]) == 1


def _branches(made: Span, size: Span) -> tuple[str, bool] | None:
    """The condition that decides which reader of the name is run, and whether it is the first; None for other readers.

    Without a condition, where nobody else reads the name, the text is empty.
    """
    source, use = found_at(size)
    if source is None or not isinstance(use, ast.Name):
        return None
    function = function_around(use) or source.tree
    others = [
        node
        for node in walk(function)
        if isinstance(node, ast.Name)
        and node.id == use.id
        and isinstance(node.ctx, ast.Load)
        and statement_of(node) is not statement_of(use)
    ]
    stores = [node for node in walk(function) if is_named(node, use.id) and isinstance(node.ctx, ast.Store)]
    if len(stores) != 1 or stores[0].lineno != made.line:
        return None
    if not others:
        return "", True
    for up in parents(use):
        if isinstance(up, ast.If):
            here = _is_in(up.body, use)
            rest = up.orelse if here else up.body
            if all(_is_in(rest, other) for other in others):
                return _text(source, up.test), here
    return None


def _is_in(block: list[ast.stmt], node: ast.AST) -> bool:
    return any(up is line for line in block for up in (node, *parents(node)))


def _text(source: Source, test: ast.expr) -> str:
    return source.span(test).text
