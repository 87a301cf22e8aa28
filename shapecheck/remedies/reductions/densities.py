"""A density that has one number for each coordinate, where it meets one number a row: summed up to that of the row."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import written_axis
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import Shape, failed, says
from shapecheck.reading.mismatches import ELEMENTWISE, sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import function_around, last_name, node_at, source_of, walk

_COST = 0.03
_STEPS = "the coordinates may be steps, which the other has to be spread over"
_DENSITIES = ("log_prob", "entropy")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``dist.log_prob(action).sum(-1)`` where the other operand has one number for each action."""
    operation, found = failed(evidence, *ELEMENTWISE), list[Candidate]()
    items = operation.arguments if operation is not None and says(evidence, r"size of tensor a \(\d+\)") else ()
    for item, other in (items[:2], items[1::-1]) if len(items) >= 2 else ():
        for span in _densities(item):
            found += _summed(evidence, span, sizes_of(item), sizes_of(other))
            break
        for origin in trace(evidence, item.span, parts=True) if item.span is not None and not found else ():
            for span in _densities(replace(item, span=origin.span)):
                found += _summed(evidence, span, sizes_of(item), sizes_of(other))
    return found


def _densities(item: Argument) -> Iterator[Span]:
    """The density that an operand is, with nothing done to it."""
    node = node_at(item.span)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _DENSITIES:
        assert item.span is not None
        yield item.span


def _summed(evidence: Evidence, span: Span, sizes: Shape, other: Shape) -> Iterator[Candidate]:
    sizes = sizes or _of_argument(evidence, span)
    if len(sizes) < 2 or sizes[:-1] != other or sizes[-1] in (1, *other):
        return
    change = Change(span, f"{span.text}.sum(-1)")
    yield Candidate(change.text, (change,), (), _COST, "" if _sums_beside(span) else _STEPS)


def _of_argument(evidence: Evidence, span: Span) -> Shape:
    """The shape of what a density is asked of, which it has itself where nobody holds it."""
    node = node_at(span)
    given = ast.unparse(node.args[0]) if isinstance(node, ast.Call) and len(node.args) == 1 else ""
    return sizes_of(evidence.held.get(given))


def _sums_beside(span: Span) -> bool:
    """Whether something else is summed up along its last axis in the same function."""
    source = source_of(span.file)
    home = function_around(node_at(span)) if source is not None else None
    for call in walk(home):
        if isinstance(call, ast.Call) and last_name(call.func) == "sum":
            told = written_axis(call)
            if whole_number(told) in (-1, 1):
                return True
    return False
