"""An axis that the tensor does not have: another one, or one put in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import bracketed, expression, piece
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.sizes.sizes_told import number_of
from shapecheck.reading.where_made import made
from shapecheck.remedies.moves import put_behind

# What is told an axis; others are heard where torch says that there is none.
_TOLD = ("transpose", "swapaxes", "t", "squeeze", "unsqueeze", "softmax", "log_softmax", "mean", "sum", "max", "argmax")
# What is told axes otherwise, and has a file of its own.
_OTHERS = ("view", "view_as", "reshape", "permute", "expand", "expand_as")
# What gives back the shape that it got.
_KEEP = ("softmax", "log_softmax", "softmin", "cumsum", "cumprod", "logcumsumexp")
_HANDED_ON = "what reads it would get the new axis as well, and another axis may have been meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The last axis, another one, or the one that the tensor lacks."""
    operation = failed(evidence)
    item = operand(operation, "self", "input", "x") if operation is not None else None
    if operation is None or item is None or item.value.record is None or operation.span is None:
        return []
    name = operation.name.rpartition(".")[2]
    if name in _OTHERS or (name not in _TOLD and not says(evidence, r"Dimension out of range")):
        return []
    return list(_axis(evidence, operation, item, name))


def _axis(evidence: Evidence, operation: Operation, item: Argument, name: str) -> Iterator[Candidate]:
    """An axis that the tensor does not have."""
    record = item.value.record
    assert record is not None
    count = len(record.shape)
    if not count and operation.name.rpartition(".")[2] != "unsqueeze":
        # What has no axes has lost them before: it takes -1 for one too, and nothing comes of it.
        return
    axes = [each for each in operation.arguments if each.role.startswith(("dim", "axis"))]
    for each in axes:
        number = number_of(each)
        if number is None or -count <= number < count or each.span is None:
            continue
        last = Change(each.span, str(count - 1) if name in ("transpose",) else "-1")
        # An axis that is exchanged with itself leaves everything as it was.
        taken = {(number_of(other) or 0) % max(count, 1) for other in axes if other is not each and name == "transpose"}
        if count - 1 not in taken:
            yield Candidate(f"{each.span.text} -> {last.text}", (last,), (), 0.2)
        for axis in sorted(set(range(count)) - taken):
            yield Candidate(f"{each.span.text} -> {axis}", (Change(each.span, str(axis)),), (), 0.5 + 0.1 * axis)
    if any((number_of(each) or 0) >= count for each in axes):
        # What keeps the shape would hand the new axis on to whatever reads it.
        doubt = _HANDED_ON if name in _KEEP else ""
        for axis in range(count + 1):
            step = Step("unsqueeze", item.role, (axis,))
            ways = put_behind(evidence, item, f".unsqueeze({axis})", [step], cost=0.6)
            yield from (replace(each, doubt=doubt) for each in ways)
        for origin in made(evidence, item)[:1]:
            yield from _without_squeeze(origin.span)
        yield from _without_squeeze(item.span)
    if name == "t" and count > 2 and operation.span is not None and item.span is not None:
        text = f"{bracketed(item.span.text)}.transpose(-2, -1)"
        yield Candidate(text, (Change(operation.span, text),), (), 0.2)


def _without_squeeze(span: Span | None) -> Iterator[Candidate]:
    node = expression(span.text) if span is not None else None
    if span is None or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    if node.func.attr == "squeeze":
        base = piece(span, node.func.value)
        yield Candidate(f"{base.text} without squeeze", (Change(span, base.text),), (), 0.15)
