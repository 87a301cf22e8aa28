"""Too few channels in front of a PixelShuffle: each place becomes as many as the square of its factor."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, bracketed, expression, factors, piece, whole_number
from shapecheck.reading.failing import CONVOLUTIONS, failed, maker, shape
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import function_around, node_at, source_of, walk

CAUSE = "channels_do_not_make_places"
_COST = 0.05
_FACTOR = "the factor by which the maps grow may be another one"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``channels * factor ** 2`` for the convolution in front."""
    operation = failed(evidence, "PixelShuffle", "pixel_shuffle")
    sizes = shape(operation, "input")
    factor = _factor(evidence, operation) if operation is not None else None
    if operation is None or sizes is None or len(sizes) < 3 or factor is None:
        return []
    # Where the layer is made, the factor has the name that it was kept under, or the one that it came by.
    places = spans_of(evidence, factor, parts=True)
    return next((found for each in places if (found := list(_squared(evidence, sizes[-3], each)))), [])


def _factor(evidence: Evidence, operation: Operation) -> Span | None:
    """Where the factor is written."""
    origin = maker(evidence, operation)
    if origin is not None:
        named = [call for call in walk(expression(origin.span.text)) if _is_shuffle(call)]
        # In a Sequential it stands among the others.
        return argument(piece(origin.span, named[0]), "upscale_factor", 0) if len(named) == 1 else None
    given = operation.argument("upscale_factor")
    return given.span if given is not None else None


def _is_shuffle(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith("PixelShuffle")


def _squared(evidence: Evidence, have: int, factor: Span) -> Iterator[Candidate]:
    source, home = source_of(factor.file), function_around(node_at(factor))
    number = worked_out(evidence, factor)
    for call in source.calls(*CONVOLUTIONS) if source is not None and number is not None and number > 1 else ():
        given = told_for(source.span(call), "out_channels") if source is not None else None
        if given is None or function_around(call) is not home or worked_out(evidence, given) != have:
            continue
        node = expression(given.text)
        parts = factors(node) if node is not None else []
        told = [each for each in parts if ast.unparse(each) == factor.text]
        if len(parts) > 1 and len(told) == 1 and all(_is_plain(each) for each in parts):
            text = " * ".join(f"{ast.unparse(each)} ** 2" if each in told else ast.unparse(each) for each in parts)
            yield Candidate(f"{given.text} -> {text}", (Change(given, text),), (), _COST)
        elif len(parts) == 1:
            text = f"{bracketed(given.text)} * {bracketed(factor.text)} ** 2"
            yield Candidate(f"{given.text} -> {text}", (Change(given, text),), (), _COST + 0.1, _FACTOR)


def _is_plain(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) or whole_number(node) is not None
