"""The first of what a layer gives, taken of the tensor alone: ``out[0][:, -1]`` for ``out[:, -1]``, a sample of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, index_parts, piece, takes_all, whole_number
from shapecheck.reading.failing import RECURRENT, failed, features_taken, operand, says
from shapecheck.reading.layers.layer_input import input_of
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.running import held_on_the_way
from shapecheck.reading.sources import receivers, user_sources
from shapecheck.reading.vocabulary import SUMMARIES

_COST = 0.01
_AXES = 3
_STEPS_FIRST = "no layer is told that the samples come first, and the first step may have been meant"
_OF_SEQUENCES = (*RECURRENT, "MultiheadAttention", "TransformerEncoderLayer", "TransformerDecoderLayer")


def candidates(evidence: Evidence) -> list[Candidate]:
    """Without the ``[0]``, where a step is taken of what it leaves, or its steps are summed up, as of all samples."""
    return list(dict.fromkeys((*_read_by_layer(evidence), *_indexed(evidence))))


def _read_by_layer(evidence: Evidence) -> Iterator[Candidate]:
    """What a layer reads that is as wide as a step of the tensor is."""
    operation = failed(evidence, "Linear", "LayerNorm")
    item = input_of(evidence, operation)
    if operation is None or item is None or item.span is None or not sizes_of(item):
        return
    told = operation.config.get("normalized_shape")
    want = told[-1] if isinstance(told, tuple) and told else features_taken(operation)
    for span in spans_of(evidence, item.span):
        first = _first_taken(span)
        if first is None:
            continue
        sizes = _sizes_of_base(evidence, piece(span, first.value))
        # A step of all samples is as wide as the layer reads, and what was handed to it has no steps any more.
        if len(sizes) == _AXES and sizes[-1] == want and sizes_of(item) in (sizes[1:2], sizes[2:]):
            yield _whole(evidence, span, first)
        return


def _indexed(evidence: Evidence) -> Iterator[Candidate]:
    """An index of a step of all samples, ``[:, -1, :]``, put to what has no axis of samples any more."""
    operation = failed(evidence, "__getitem__")
    item, index = operand(operation, "self"), operand(operation, "index")
    if operation is None or operation.span is None or item is None or index is None or index.span is None:
        return
    parts = [part for part, _ in index_parts(index.span)]
    if not says(evidence, r"too many indices") or len(parts) != len(sizes_of(item)) + 1 or not takes_all(parts[0]):
        return
    first = expression(operation.span.text)
    first = next((each for each in receivers(first) if _is_first(each)), None) if first is not None else None
    if isinstance(first, ast.Subscript) and sum(not takes_all(each) for each in parts) == 1:
        sizes = _sizes_of_base(evidence, piece(operation.span, first.value))
        if len(sizes) == _AXES == len(parts) and sizes[1:] == sizes_of(item):
            yield _whole(evidence, operation.span, first)


def _whole(evidence: Evidence, span: Span, first: ast.Subscript) -> Candidate:
    text = piece(span, first.value).text
    sources = user_sources(evidence)
    is_told = any("batch_first=True" in line for source in sources for line in source.lines)
    walks = any(True for source in sources for _ in source.calls(*_OF_SEQUENCES))
    doubt = _STEPS_FIRST if walks and not is_told else ""
    return Candidate(f"{text} without [0]", (Change(piece(span, first), text),), (), _COST, doubt)


def _first_taken(span: Span) -> ast.Subscript | None:
    """The ``out[0]`` of ``out[0][:, -1]`` and of ``out[0].mean(dim=1)``."""
    node = expression(span.text)
    steps = list(receivers(node)) if node is not None else []
    at = next((at for at, each in enumerate(steps) if at and _is_first(each)), 0)
    found = steps[at] if at else None
    return found if isinstance(found, ast.Subscript) and _leaves_steps_out(steps[at - 1]) else None


def _is_first(node: ast.expr) -> bool:
    return isinstance(node, ast.Subscript) and whole_number(node.slice) == 0


def _leaves_steps_out(node: ast.expr) -> bool:
    """Whether an expression takes one step, or all of them together, of what has its samples in front."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
        parts = node.slice.elts
        return takes_all(parts[0]) and whole_number(parts[1]) is not None and all(map(takes_all, parts[2:]))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SUMMARIES:
        along = [*node.args, *(each.value for each in node.keywords if each.arg in ("dim", "axis"))]
        return [whole_number(each) for each in along] == [1]
    return False


def _sizes_of_base(evidence: Evidence, base: Span) -> tuple[int, ...]:
    """The sizes that a name is held with, where it stands or where it was handed in from."""
    return next((sizes_of(held) for held in held_on_the_way(evidence, base) if held.kind == "tensor"), ())
