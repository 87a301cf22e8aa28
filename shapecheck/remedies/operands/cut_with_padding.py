"""What a causal convolution gives beyond its input, cut by another number than it was padded with: cut to its input."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import found_at, items_of, last_name, walk
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.operands.causal_padding import CENTRED, looks_back

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``conv(x)[..., : x.size(-1)]`` for ``conv(x)[..., : 1 - kernel]`` of a convolution that is dilated."""
    ways = both_ways(failed(evidence, *ELEMENTWISE))
    return [each for item, other in ways for each in _cut(evidence, item, other)]


def _cut(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    have, want = sizes_of(item), sizes_of(other)
    if len(have) != 3 or len(want) != 3 or have[:2] != want[:2] or have[2] == want[2] or item.span is None:
        return
    step = Step("stand_in", item.role, want)
    for span in spans_behind(evidence, item.span):
        source, there = found_at(span)
        held = held_around(evidence, source, there)
        for node in walk(expression(span.text)):
            upper = _end(node) if isinstance(node, ast.Subscript) else None
            if not isinstance(node, ast.Subscript) or upper is None:
                continue
            for given, layer in _convolved(evidence, piece(span, node.value)):
                if sizes_of(held.get(given))[2:] == want[2:]:
                    change = Change(piece(span, upper), f"{given}.size(-1)")
                    doubt = "" if looks_back(evidence, layer) else CENTRED
                    yield Candidate(f": {change.text}", (change,), (step,), _COST, doubt)
                    return


def _end(node: ast.Subscript) -> ast.expr | None:
    """Where an index ends that leaves out the last places along the last axis, counted back: ``[..., : -n]``."""
    *before, last = items_of(node.slice)
    if not before or any(ast.unparse(each) not in (":", "...") for each in before) or not isinstance(last, ast.Slice):
        return None
    is_back = isinstance(last.upper, ast.UnaryOp | ast.BinOp) and any(
        isinstance(each, ast.USub | ast.Sub) for each in walk(last.upper)
    )
    return last.upper if is_back and last.lower is None and last.step is None else None


def _convolved(evidence: Evidence, cut: Span) -> Iterator[tuple[str, Span]]:
    """The name of what a convolution was given that made what is cut, and where that convolution was made."""
    for span in spans_of(evidence, cut):
        source, node = found_at(span)
        if source is None or not isinstance(node, ast.Call) or len(node.args) != 1:
            continue
        given = node.args[0]
        for made in trace(evidence, source.span(node.func)):
            for call in walk(expression(made.span.text)):
                is_one = isinstance(call, ast.Call) and last_name(call.func) == "Conv1d"
                if is_one and isinstance(given, ast.Name):
                    yield given.id, piece(made.span, call)
        return
