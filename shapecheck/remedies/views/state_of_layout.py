"""A state with one row for each step, since the layer takes the steps for the samples, where a view counts these."""

from __future__ import annotations

import ast
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import given_as
from shapecheck.reading.edits import call_of, expression, piece, with_keyword
from shapecheck.reading.failing import RECURRENT, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.running import held_around
from shapecheck.reading.sizes.sizes_told import asked_sizes, number_of
from shapecheck.reading.sources import found_at, last_name

CAUSE = "batch_first_missing"
_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``batch_first=True`` for the layer in front of ``state.view(layers, 2, batch, hidden)``, or without it."""
    operation = failed(evidence, "view", "reshape")
    item = operand(operation, "self", "input") if operation is not None else None
    if operation is None or item is None or item.span is None or len(sizes_of(item)) != 3:
        return []
    sizes, told = sizes_of(item), [number_of(each) for each in asked_sizes(operation)]
    found: list[Candidate] = []
    for origin in trace(evidence, item.span, parts=True):
        call = call_of(origin.span)
        source, node = found_at(origin.span)
        given = held_around(evidence, source, node).get(ast.unparse(call.args[0])) if call and call.args else None
        whole = sizes_of(given)
        if call is None or len(whole) != 3 or sizes[1] not in whole[:2] or None in told or -1 in told:
            continue
        rows = whole[0] if sizes[1] == whole[1] else whole[1]
        if prod(each for each in told if each is not None) == sizes[0] * rows * sizes[2] != prod(sizes):
            found += _turned(evidence, piece(origin.span, call.func), is_first=sizes[1] == whole[1])
    return found


def _turned(evidence: Evidence, layer: Span, *, is_first: bool) -> list[Candidate]:
    for made in trace(evidence, layer):
        call = call_of(made.span)
        if call is None or last_name(call.func) not in RECURRENT:
            continue
        told = given_as(call, "batch_first")
        if told is None:
            change = with_keyword(made.span, "batch_first", str(is_first))
        else:
            place = piece(made.span, told)
            change = Change(place, str(is_first)) if isinstance(expression(place.text), ast.Constant) else None
        return [Candidate(f"batch_first={is_first}", (change,), (), _COST)] if change is not None else []
    return []
