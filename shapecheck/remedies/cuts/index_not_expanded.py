"""A gather whose index has one entry along the features, or more than there are, where all of a step were meant."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.applied import is_of_torch
from shapecheck.reading.edits import argument, call_of, expression, piece, suffixed, whole_number
from shapecheck.reading.failing import Shape, failed, operand, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import last_name, walk
from shapecheck.reading.ways_back import spans_behind

# Before a layer is made for the one feature that came.
_COST = 0.02


def candidates(evidence: Evidence) -> list[Candidate]:
    """``idx.expand(-1, -1, out.size(-1))`` for the index of ``out.gather(1, idx)``."""
    refused = failed(evidence, "gather")
    if refused is not None:
        return list(_expanded_too_far(evidence, refused))
    operation = failed(evidence)
    places = [item.span for item in tensors(operation) if _is_one_feature(sizes_of(item))] if operation else []
    spans = spans_behind(evidence, *(each for each in places if each is not None))
    return [each for span in spans for each in _expanded(evidence, span)]


def _expanded_too_far(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """The index as wide as what it takes from: ``idx.expand(-1, 1, width)`` of another width than the steps have."""
    item, index = operand(operation, "self", "input"), operand(operation, "index")
    along = operand(operation, "dim")
    axis = int(along.value.text) if along is not None and along.value.text.lstrip("-").isdecimal() else None
    if item is None or index is None or index.span is None or axis is None:
        return
    sizes, have = sizes_of(item), sizes_of(index)
    wide = [at for at, (one, most) in enumerate(zip(have, sizes, strict=False)) if one > most]
    if len(sizes) != len(have) or len(wide) != 1 or wide[0] == axis % len(sizes):
        return
    for span in spans_of(evidence, index.span):
        call = call_of(span)
        if call is None or last_name(call.func) not in ("expand", "repeat") or len(call.args) != len(sizes):
            continue
        told = piece(span, call.args[wide[0]])
        text = f"{item.expression}.size({wide[0]})" if item.expression.isidentifier() else str(sizes[wide[0]])
        yield Candidate(f"{told.text} -> {text}", (Change(told, text),), (), _COST)
        return


def _is_one_feature(sizes: Shape) -> bool:
    """Whether it is one number a sample; its axis may have been squeezed."""
    return sizes[-1:] == (1,) or len(sizes) == 1


def _expanded(evidence: Evidence, span: Span) -> Iterator[Candidate]:
    for node in walk(expression(span.text)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "gather":
            continue
        call = piece(span, node)
        is_torch = is_of_torch(node)
        base = argument(call, "input", 0) if is_torch else piece(span, node.func.value)
        axis, index = (argument(call, name, at + is_torch) for at, name in enumerate(("dim", "index")))
        sizes = _sizes(evidence, base)
        along = whole_number(expression(axis.text)) if axis is not None else None
        if base is None or index is None or along is None or not sizes or along % len(sizes) == len(sizes) - 1:
            continue
        if sizes[-1] > 1 and sizes[-1] in _wanted(evidence):
            kept = ", ".join(["-1"] * (len(sizes) - 1))
            change = suffixed(index, f".expand({kept}, {base.text}.size(-1))")
            yield Candidate(change.text, (change,), (), _COST)


def _sizes(evidence: Evidence, base: Span | None) -> Shape:
    held = evidence.held.get(base.text) if base is not None else None
    return sizes_of(held)


def _wanted(evidence: Evidence) -> set[int]:
    """The widths that what failed would have taken: the layer's own, or those of the other operands."""
    operation = failed(evidence)
    if operation is None:
        return set()
    own = (operation.config.get(name) for name in ("in_features", "input_size"))
    others = (size for each in tensors(operation) for size in sizes_of(each)[-2:])
    return {each for each in own if isinstance(each, int)} | set(others)
