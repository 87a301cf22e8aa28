"""Layers that take samples for steps, of which one goes on from the state of the other: told which is which.

Each of them takes the samples for the steps, and does not mind. But the state then has a row for each step of the one
sequence, and the other sequence has another number of steps.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import as_whole, with_keyword
from shapecheck.reading.failing import RECURRENT, failed, maker, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.recurrent.batch_first import told_batch_first
from shapecheck.reading.recurrent.recurrent_calls import state_roles
from shapecheck.reading.recurrent.state_givers import giver_of
from shapecheck.reading.sources import found_at, home_around

CAUSE = "batch_first_missing"
_COST = 0.01


def candidates(evidence: Evidence) -> list[Candidate]:
    """``batch_first=True`` for both layers, where both were given as many samples along the first axis."""
    operation = failed(evidence, *RECURRENT)
    return list(_found(evidence, operation)) if operation is not None else []


def _found(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    given = operand(operation, "input")
    state = operand(operation, *state_roles(operation))
    sizes, rows = sizes_of(given), sizes_of(state)
    if state is None or len(sizes) != 3 or len(rows) != 3 or operation.config.get("batch_first"):
        return
    if rows[1] in sizes[:2] or not _comes_from_beside(evidence, operation, state):
        return
    if not any(sizes[0] == other[0] != other[1] == rows[1] for other in _inputs_of_givers(evidence, rows)):
        return
    origins = [each for each in (giver_of(evidence, operation, state), maker(evidence, operation)) if each is not None]
    spans = list(dict.fromkeys(origin.span for origin in origins))
    changes = [_told(evidence, span) for span in spans]
    if spans and all(changes):
        found = tuple(change for change in changes if change is not None)
        yield Candidate("batch_first=True", found, (), _COST)


def _told(evidence: Evidence, span: Span) -> Change | None:
    """The change that tells a layer so, where it was told nothing."""
    change = with_keyword(span, "batch_first", "True") if told_batch_first(evidence, span) is False else None
    return as_whole(span, change) if change is not None else None


def _comes_from_beside(evidence: Evidence, operation: Operation, state: Argument) -> bool:
    """Whether a call in the same function gave the state, further up: no batch lies between, and no round of a loop."""
    node = found_at(operation.span)[1]
    makers = [found_at(each.span)[1] for each in trace(evidence, state.span, parts=True)] if state.span else []
    call = makers[0] if makers else None
    if not isinstance(call, ast.Call) or node is None or call is node:
        return False
    return home_around(call) is home_around(node) is not None and call.lineno < node.lineno


def _inputs_of_givers(evidence: Evidence, rows: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """The inputs of the recurrent layers that gave a state of such a shape."""
    for entry in evidence.trace or ():
        held = {each.role: each.shape for each in (*entry.call.inputs, *entry.call.outputs)}
        if entry.call.type in RECURRENT and held.get("h_n") == rows and len(held.get("input", ())) == 3:
            yield held["input"]
