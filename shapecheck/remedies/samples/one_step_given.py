"""A step that a loop hands to a model without the axis of its steps, or of its only sample, which was there before."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import suffixed
from shapecheck.reading.entries import entry_of
from shapecheck.reading.failing import RECURRENT, STATES, failed, operand, shape
from shapecheck.reading.origins import trace
from shapecheck.reading.samples.drawn_tokens import BRANCHES, are_drawn_at_once
from shapecheck.reading.sources import node_at, parents, rounds_around, targets_of

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``model(token.unsqueeze(0), state)``, where the layer inside read all three axes in the calls before."""
    operation = failed(evidence, *RECURRENT)
    item = operand(operation, "input")
    if operation is None or item is None:
        return []
    given, state, entry = shape(operation, "input"), shape(operation, *STATES), entry_of(evidence, item)
    place = entry.place if entry is not None else _made_in_round(evidence, item)
    if place is None or given is None or len(given) != 2 or state is None or len(state) != 3:
        return []
    before = [call.inputs[0].ndim for call in evidence.earlier if call.inputs]
    count, samples = given[0], state[1]
    if set(before) != {3} or (count != samples and samples != 1):
        return []
    if entry is not None and entry.record.shape[:1] != (count,):
        return []
    is_first = bool(operation.config.get("batch_first"))
    # As many as samples: one step of each. Else several steps of the only one.
    axis = int(is_first) if count == samples > 1 else 0 if is_first or count == samples else 1
    change = suffixed(place, f".unsqueeze({axis})")
    doubt = BRANCHES if count > samples and are_drawn_at_once(evidence, place) else ""
    return [Candidate(change.text, (change,), (), _COST, doubt)]


def _made_in_round(evidence: Evidence, item: Argument) -> Span | None:
    """Where a loop makes what its next round gives to the layer, by the name that the first one came by."""
    node = node_at(item.span)
    loops = [*rounds_around(node)]
    if item.span is None or not isinstance(node, ast.Name) or not loops:
        return None
    for origin in trace(evidence, item.span)[:1]:
        made = node_at(origin.span)
        is_named = any(ast.unparse(each) == node.id for each in targets_of(made)) if made is not None else False
        is_behind = made is not None and made.lineno > node.lineno and loops[0] in parents(made)
        if is_named and is_behind:
            return origin.span
    return None
