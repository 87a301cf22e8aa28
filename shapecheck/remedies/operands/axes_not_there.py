"""An axis that the tensor does not have: another one, or one put in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.applied import written_axis
from shapecheck.reading.edits import bracketed, expression, piece, whole_number
from shapecheck.reading.failing import failed, operand, says, tensors
from shapecheck.reading.mismatches import JOINS
from shapecheck.reading.sizes.sizes_told import number_of
from shapecheck.reading.sources import found_at, function_around, home_around, last_name, target_of, walk
from shapecheck.reading.vocabulary import MATMULS
from shapecheck.reading.where_made import made
from shapecheck.remedies.moves import put_behind

# What is told an axis; others are heard where torch says that there is none.
_TOLD = ("transpose", "swapaxes", "t", "squeeze", "unsqueeze", "softmax", "log_softmax", "mean", "sum", "max", "argmax")
# What is told axes otherwise, and has a file of its own.
_OTHERS = ("view", "view_as", "reshape", "permute", "expand", "expand_as")
# What gives back the shape that it got.
_KEEP = ("softmax", "log_softmax", "softmin", "cumsum", "cumprod", "logcumsumexp")
# What numbers along the features go through; of others that keep the shape any axis may be meant.
_OF_FEATURES = ("softmax", "log_softmax", "softmin", "normalize")
_ANY = ("cumsum", "cumprod", "logcumsumexp", "sort", "argsort", "flip", "unsqueeze")
# What leaves an axis out, or takes a part along it.
_REDUCE = (
    "sum",
    "mean",
    "max",
    "min",
    "amax",
    "amin",
    "std",
    "var",
    "median",
    "mode",
    "prod",
    "logsumexp",
    "any",
    "all",
)
_PICK = ("argmax", "argmin", "topk", "kthvalue", "gather", "index_select", "norm", "unbind", "chunk", "split")
_ASKED_OF_SCORES = (*_OF_FEATURES, "argmax", "max", "topk")
_PRODUCTS = ("mul", "einsum", *MATMULS)
_WITH_STEPS = 3
_APART = 2  # shapes of tensors that cannot be stacked
_WHICH = "the lines behind go on along other axes as well, and which one is meant is not known"
_HANDED_ON = "what reads it would get the new axis as well, and another axis may have been meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The last axis, another one, or the one that the tensor lacks."""
    operation = failed(evidence)
    if operation is None or operation.span is None:
        return []
    name = operation.name.rpartition(".")[2]
    said = says(evidence, r"Dimension out of range \(expected to be in range of \[-(\d+), ")
    if name in _OTHERS or (name not in _TOLD and not says(evidence, r"Dimension out of range")):
        return []
    item = operand(operation, "self", "input", "x")
    record = item.value.record if item is not None else None
    if record is not None and not record.shape and name != "unsqueeze":
        # What has no axes has lost them before: it takes -1 for one too, and nothing comes of it.
        return []
    found: list[Candidate] = []
    joined = {item.value.record.shape for item in tensors(operation) if item.value.record is not None}
    # What is alike, and is joined along an axis that none of them has, may be meant to be stacked.
    is_stacked = name in JOINS and len(joined) < _APART
    count = int(said[1]) if said is not None else len(record.shape) if record is not None else 0
    if count and not is_stacked:
        found += _another(evidence, operation, name, count)
    if item is not None and record is not None:
        found += _put_in(evidence, operation, item, name)
    return found


def _another(evidence: Evidence, operation: Operation, name: str, count: int) -> Iterator[Candidate]:
    """Another axis, of so many that may be told."""
    is_any = name in (*_OF_FEATURES, *_ANY, *_REDUCE, *_PICK)
    doubt = _WHICH if is_any and not _is_last(evidence, operation, name, count) else ""
    axes = [each for each in operation.arguments if each.role.startswith(("dim", "axis"))]
    for each in axes:
        number = number_of(each)
        if number is None or -count <= number < count or each.span is None:
            continue
        last = Change(each.span, str(count - 1) if name in ("transpose",) else "-1")
        # An axis that is exchanged with itself leaves everything as it was.
        taken = {(number_of(other) or 0) % max(count, 1) for other in axes if other is not each and name == "transpose"}
        if count - 1 not in taken:
            yield Candidate(f"{each.span.text} -> {last.text}", (last,), (), 0.2, unless_read=doubt)
        for axis in sorted(set(range(count)) - taken - ({count - 1} if doubt else set())):
            change = Change(each.span, str(axis))
            yield Candidate(f"{each.span.text} -> {axis}", (change,), (), 0.5 + 0.1 * axis, unless_read=doubt)


def _is_last(evidence: Evidence, operation: Operation, name: str, count: int) -> bool:
    """Whether the last axis is meant: that of what a layer gives, or the one along which the same function does it."""
    _, node = found_at(operation.span)
    calls = [each for each in walk(function_around(node) or node) if isinstance(each, ast.Call)] if node else []
    told = [_axis_told(each) for each in calls if last_name(each.func) == name and each is not node]
    item = operand(operation, "self", "input", "x")
    given = expression(item.span.text) if item is not None and item.span is not None else None
    called = ast.unparse(given.func) if isinstance(given, ast.Call) else ""
    held = evidence.held.items()
    is_of_layer = any(f"{key}.".startswith(f"{called}.") and value.kind == "module" for key, value in held if called)
    if {each % count for each in told if each is not None} == {count - 1}:
        return True
    # Scores that weigh what is multiplied with them may be those of the steps.
    is_weight = count >= _WITH_STEPS and name in _OF_FEATURES and _is_multiplied(node)
    return is_of_layer and name in _ASKED_OF_SCORES and not is_weight


def _is_multiplied(node: ast.expr | None) -> bool:
    """Whether the function multiplies something with what an expression gives."""
    target = target_of(node)
    texts = {ast.unparse(target)} if target is not None else set()
    for each in walk(home_around(node)):
        is_product = isinstance(each, ast.BinOp) and isinstance(each.op, ast.Mult | ast.MatMult)
        if is_product or (isinstance(each, ast.Call) and last_name(each.func) in _PRODUCTS):
            parts = walk(each)
            if node in parts or any(isinstance(one, ast.expr) and ast.unparse(one) in texts for one in parts):
                return True
    return False


def _axis_told(call: ast.Call) -> int | None:
    axis = written_axis(call)
    return whole_number(axis) if axis is not None else None


def _put_in(evidence: Evidence, operation: Operation, item: Argument, name: str) -> Iterator[Candidate]:
    """The axis that the tensor lacks."""
    record = item.value.record
    assert record is not None
    count = len(record.shape)
    axes = [each for each in operation.arguments if each.role.startswith(("dim", "axis"))]
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
