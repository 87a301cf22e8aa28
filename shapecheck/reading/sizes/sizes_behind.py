"""The sizes in the factories that a tensor comes from, also behind what only copies it, and where they have names."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import function_around, source_of
from shapecheck.reading.where_made import made_or_written

# Behind these a state has the layers and the width that it had.
_COPIES = ("repeat", "expand", "contiguous", "clone", "detach", "to")


def sizes_behind(evidence: Evidence, item: Argument, *, of_copies: bool) -> Iterator[list[Span]]:
    """The sizes in the factories that an operand comes from, also where it is one state copied for each sample."""
    for origin in made_or_written(evidence, item):
        span, node = origin.span, expression(origin.span.text)
        while of_copies and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr not in _COPIES:
                break
            span, node = piece(span, node.func.value), node.func.value
            if isinstance(node, ast.Name | ast.Attribute):
                yield from (each for one in trace(evidence, span) if (each := written_sizes(one.span, evidence)))
        if (sizes := written_sizes(origin.span, evidence)) is not None:
            yield sizes
        if not of_copies:
            yield from _spread_to(origin.span)
    yield from _as_arguments(evidence, item)


def _as_arguments(evidence: Evidence, item: Argument) -> Iterator[list[Span]]:
    """The sizes of a factory that is called right where it is given: ``model(x, torch.zeros(1, n, 16))``."""
    for origin in trace(evidence, item.span, parts=True):
        sizes = written_sizes(origin.span, evidence) if not origin.is_whole else None
        # What has other axes only holds the operand, as what a loop runs over.
        if sizes is not None and len(sizes) == len(sizes_of(item)):
            yield sizes


def _spread_to(span: Span) -> Iterator[list[Span]]:
    """The sizes that something was spread to, ``first.expand(1, n, width).contiguous()``, where all are written."""
    node = expression(span.text)
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        is_whole = len(node.args) > 1 and not any(isinstance(each, ast.Starred | ast.UnaryOp) for each in node.args)
        if node.func.attr == "expand" and is_whole:
            yield [piece(span, each) for each in node.args]
        node = node.func.value


def by_its_name(evidence: Evidence, written: Span) -> Span:
    """What a size has its name from in the same function, where both states read it."""
    origin = next(iter(trace(evidence, written)), None) if written.text.isidentifier() else None
    source = source_of(written.file)
    if origin is None or source is None or origin.span.file != written.file:
        return written
    there, here = source.node_at(origin.span), source.node_at(written)
    if there is None or here is None or isinstance(there, ast.Constant | ast.Name):
        return written
    return origin.span if function_around(there) is function_around(here) is not None else written
