"""A moving mean that goes on by as many steps as it is long, beside the series that it is to be taken from."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, as_whole, expression, piece, with_keyword
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import both_ways, sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import last_name, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.05
_POOLS = ("AvgPool1d", "MaxPool1d", "LPPool1d")
_FUNCTIONS = ("avg_pool1d", "max_pool1d")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``stride=1`` for a pool with which what it gives is as long as what it meets."""
    found: list[Candidate] = []
    for item, other in both_ways(failed(evidence, "sub", "add", "sub_", "add_", "div")):
        apart = [pair for pair in zip(sizes_of(item), sizes_of(other), strict=False) if pair[0] != pair[1]]
        if len(sizes_of(item)) == len(sizes_of(other)) and len(apart) == 1 and item.span is not None:
            found += _by_one(evidence, item.span, *apart[0])
    return found


def _by_one(evidence: Evidence, made: Span, have: int, want: int) -> Iterator[Candidate]:
    for call, at in _pools(evidence, made):
        texts = [argument(call, name, place + at) for place, name in enumerate(("kernel_size", "stride", "padding"))]
        kernel, stride, padding = (worked_out(evidence, text) if text is not None else None for text in texts)
        stride, padding = stride if texts[1] is not None else kernel, padding if texts[2] is not None else 0
        if not kernel or not stride or stride == 1 or padding is None:
            continue
        room = want - 1 + kernel - 2 * padding
        change = Change(texts[1], "1") if texts[1] is not None else with_keyword(call, "stride", "1")
        if (room + 2 * padding - kernel) // stride + 1 == have and change is not None and _has(evidence, room):
            yield Candidate("stride=1", (as_whole(call, change),), (), _COST)


def _pools(evidence: Evidence, made: Span) -> Iterator[tuple[Span, int]]:
    """The calls that tell a pool on the way to an operand how long it is, each with the place where they do."""
    for span in spans_behind(evidence, made):
        for node in walk(expression(span.text)):
            if isinstance(node, ast.Call) and last_name(node.func) in _FUNCTIONS:
                yield piece(span, node), 1
            elif isinstance(node, ast.Call):
                for origin in trace(evidence, piece(span, node.func)):
                    layer = expression(origin.span.text)
                    if isinstance(layer, ast.Call) and last_name(layer.func) in _POOLS:
                        yield origin.span, 0


def _has(evidence: Evidence, size: int) -> bool:
    """Whether the function holds a tensor as long as what must have come to the pool."""
    held = (each.record.shape for each in (evidence.held.values()) if each.record)
    return any(size in shape for shape in held)
