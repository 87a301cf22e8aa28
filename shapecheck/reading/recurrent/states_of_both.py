"""States of a layer for both directions, with all its layers."""

from __future__ import annotations

import ast

from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.recurrent.state_givers import giver_of, is_of_both_directions
from shapecheck.reading.recurrent.whole_states import is_whole_state, whole_states
from shapecheck.reading.sources import node_at, source_of, statement_of


def is_of_both(evidence: Evidence, operation: Operation, item: Argument) -> bool:
    """Whether an operand is the state of a recurrent layer that was made for both directions, with all its layers."""
    giver = giver_of(evidence, operation, item)
    source = source_of(item.span.file) if item.span is not None else None
    is_state = source is not None and item.expression in {each.id for each in whole_states(source)}
    is_state = is_state or returned_as_given(evidence, item) is not None
    return giver is not None and is_state and is_of_both_directions(giver)


def returned_as_given(evidence: Evidence, item: Argument) -> Span | None:
    """Where a function returns a state as its layer gave it, if the operand is what it returned."""
    if item.span is None or not isinstance(node_at(item.span), ast.Call):
        return None
    spans = (each.span for each in evidence.origins.get(item.expression, ()))
    return next(
        (each for each in spans if is_whole_state(each) and isinstance(statement_of(node_at(each)), ast.Return)), None
    )
