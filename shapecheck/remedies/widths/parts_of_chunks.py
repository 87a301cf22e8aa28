"""A layer that gives more or fewer parts of one width than what it gives is cut into: ``4 * n`` before ``chunk(4)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import call_of, expression, piece, whole_number
from shapecheck.reading.failing import failed
from shapecheck.reading.layers.layer_arguments import GIVEN, told_for
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import last_name
from shapecheck.reading.ways_back import spans_behind

_COST = 0.05
_NEAR = 6


def candidates(evidence: Evidence) -> list[Candidate]:
    """As many parts as are cut, where each then is as wide as what it meets."""
    ways = both_ways(failed(evidence, *ELEMENTWISE))
    return [each for item, other in ways for each in _recounted(evidence, item, other)]


def _recounted(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    have, want = sizes_of(item)[-1:], sizes_of(other)[-1:]
    if item.span is None or not have or not want or have == want:
        return
    for span in list(spans_behind(evidence, item.span))[:_NEAR]:
        call = expression(span.text)
        is_cut = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "chunk"
        parts = whole_number(call.args[0]) if isinstance(call, ast.Call) and call.args else None
        if not isinstance(call, ast.Call) or not is_cut or parts is None or not isinstance(call.func, ast.Attribute):
            continue
        for given in _widths(evidence, piece(span, call.func.value)):
            node = expression(given.text)
            if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult):
                continue
            for number, width in ((node.left, node.right), (node.right, node.left)):
                count = whole_number(number)
                is_each = worked_out(evidence, piece(given, width)) == want[0]
                # The last part is what the others leave.
                if count not in (None, parts) and is_each and -(-(count or 0) * want[0] // parts) >= have[0]:
                    yield Candidate(f"{count} -> {parts}", (Change(piece(given, number), str(parts)),), (), _COST)
        return


def _widths(evidence: Evidence, whole: Span) -> Iterator[Span]:
    """What the layer that gave a tensor was told for its width."""
    for place in (whole, *(each.span for each in trace(evidence, whole))):
        call = call_of(place)
        if call is None:
            continue
        for made in trace(evidence, piece(place, call.func)):
            layer = call_of(made.span)
            name = last_name(layer.func) if layer is not None else ""
            given = told_for(made.span, GIVEN[name].name) if name in GIVEN else None
            if given is not None:
                yield given
