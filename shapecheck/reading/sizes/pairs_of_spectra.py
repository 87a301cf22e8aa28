"""A complex spectrum that is squared and summed as if its last axis held the real and the imaginary parts."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import is_of_torch
from shapecheck.reading.edits import argument, call_of, expression, piece, whole_number
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import dtype_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import last_name, walk
from shapecheck.reading.ways_back import spans_behind


def spectrum_as_pairs(evidence: Evidence) -> Span | None:
    """The spectrum's name where it is squared, ``spec`` of ``spec.pow(2).sum(-1)``; None where it is not so."""
    for item in tensors(failed(evidence)):
        is_complex = dtype_of(item).startswith("complex")
        for span in spans_behind(evidence, item.span) if item.span is not None and is_complex else ():
            for name in _squared_and_summed(span):
                if any(_is_spectrum(each.span) for each in trace(evidence, name)[:1]):
                    return name
    return None


def _squared_and_summed(span: Span) -> Iterator[Span]:
    for node in walk(expression(span.text)):
        if not isinstance(node, ast.Call) or last_name(node.func) != "sum":
            continue
        parts = _parts(node)
        axes = [*parts[1:], *(each.value for each in node.keywords if each.arg in ("dim", "axis"))]
        listed = axes[0].elts if len(axes) == 1 and isinstance(axes[0], ast.List | ast.Tuple) else axes
        base = _squared(parts[0]) if parts else None
        if isinstance(base, ast.Name) and [whole_number(each) for each in listed] == [-1]:
            yield piece(span, base)


def _parts(call: ast.Call) -> list[ast.expr]:
    """What a function of torch was given; of a method, what it is called on comes first."""
    own = [call.func.value] if isinstance(call.func, ast.Attribute) and not is_of_torch(call) else []
    return [*own, *call.args]


def _squared(node: ast.expr) -> ast.expr | None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return node.left if whole_number(node.right) == 2 else None
    parts = _parts(node) if isinstance(node, ast.Call) else []
    name = last_name(node.func) if isinstance(node, ast.Call) else ""
    is_square = (name == "square" and len(parts) == 1) or (
        name == "pow" and len(parts) == 2 and whole_number(parts[1]) == 2
    )
    return parts[0] if is_square else None


def _is_spectrum(span: Span) -> bool:
    call = call_of(span)
    told = argument(span, "return_complex") if call is not None and last_name(call.func) == "stft" else None
    return told is not None and told.text == "True"
