"""An axis of one number that scores have and the index does not, by which they are to be scattered or taken."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.failing import PICKS, Shape, failed, index_of
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of
from shapecheck.reading.sources import last_name, node_at, parents
from shapecheck.remedies.moves import put_behind

_COST = 0.04


def candidates(evidence: Evidence) -> list[Candidate]:
    """``squeeze(-1)`` for what has the shape of the index but for an axis of one behind it."""
    return [*_scattered(evidence), *_reckoned_before(evidence)]


def _scattered(evidence: Evidence) -> Iterator[Candidate]:
    operation = failed(evidence, *PICKS)
    index = index_of(operation) if operation is not None else None
    if operation is None or index is None:
        return
    for item in operation.arguments:
        if item.role in ("src", "source", "args[2]") and sizes_of(item) == (*sizes_of(index), 1) != (1,):
            yield from _squeezed(evidence, item)


def _reckoned_before(evidence: Evidence) -> Iterator[Candidate]:
    """The same where it meets a column of numbers, one for each row, on its way into the call."""
    operation = failed(evidence, *ELEMENTWISE)
    wanted = _index_around(evidence, operation.span) if operation is not None and operation.span else ()
    for item, other in both_ways(operation) if len(wanted) == 2 else ():
        if sizes_of(item) == (*wanted, 1) and sizes_of(other) in ((wanted[0], 1), wanted):
            yield from _squeezed(evidence, item)


def _squeezed(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    axis = len(sizes_of(item)) - 1
    step = Step("squeeze", item.role, (axis,))
    yield from put_behind(evidence, item, f".squeeze({axis})", [step], cost=_COST)


def _index_around(evidence: Evidence, span: Span) -> Shape:
    """The shape of the index of the call that is given an expression as what to scatter."""
    inner = node_at(span)
    for up in parents(inner):
        if isinstance(up, ast.Call) and last_name(up.func) in PICKS and inner in up.args and len(up.args) > 2:
            return sizes_of(evidence.held.get(ast.unparse(up.args[up.args.index(inner) - 1])))
        if not isinstance(up, ast.BinOp):
            return ()
        inner = up
    return ()
