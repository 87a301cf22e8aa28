"""An axis of one that is searched for by its size, and is that of the samples where a batch holds a single one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import applied_to, written_axis
from shapecheck.reading.edits import expression, whole_number
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, last_name, user_sources, walk
from shapecheck.reading.ways_back import spans_behind

CAUSE = "batch_lost_by_squeeze"
_COST = 0.02
_SHAPES = ("shape", "size")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``x.squeeze(2)`` for ``x.squeeze(x.shape.index(1))``, where unsqueeze(2) has put that axis in."""
    operation = failed(evidence)
    return [each for item in tensors(operation) for each in _named(evidence, item)]


def _named(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    # The samples would stand first.
    lost = [axis for axis, size in enumerate(sizes_of(item)) if size == 1 and axis]
    behind = list(spans_behind(evidence, item.span)) if lost else []
    for source in user_sources(evidence):
        for call in source.calls("squeeze"):
            axis, base = written_axis(call), applied_to(call)
            if axis is None or base is None or not _is_searched(axis):
                continue
            if any(span.holds(source.span(call)) for span in behind):
                for put_in in _put_in(evidence, source, base):
                    if put_in < 0 or put_in - 1 in lost:
                        yield Candidate(f"squeeze({put_in})", (Change(source.span(axis), str(put_in)),), (), _COST)


def _is_searched(axis: ast.expr) -> bool:
    """Whether an axis is where a 1 stands first in a shape: ``x.shape.index(1)``, ``list(x.size()).index(1)``."""
    is_call = isinstance(axis, ast.Call) and last_name(axis.func) == "index" and len(axis.args) == 1
    if not is_call or not isinstance(axis, ast.Call) or whole_number(axis.args[0]) != 1:
        return False
    return any(isinstance(each, ast.Attribute) and each.attr in _SHAPES for each in walk(axis.func))


def _put_in(evidence: Evidence, source: Source, base: ast.expr) -> Iterator[int]:
    """Where the axis was put in that is searched for, in what was handed on."""
    spans: list[Span] = [source.span(base), *(each.span for each in trace(evidence, source.span(base), parts=True))]
    for span in spans:
        node = expression(span.text)
        if isinstance(node, ast.Call) and last_name(node.func) == "unsqueeze":
            axis = whole_number(written_axis(node))
            if axis is not None:
                yield axis
            return
