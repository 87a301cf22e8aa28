"""A layer's state for a cell that a loop calls: its last layer, taken once, in front of the loop."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.edits import line_after
from shapecheck.reading.failing import CELLS, STATES, failed, number, operand, shape
from shapecheck.reading.only_handed_on import is_carried_round
from shapecheck.reading.origins import trace
from shapecheck.reading.recurrent.whole_states import ONE_DIRECTION, may_have_both_directions
from shapecheck.reading.sources import (
    items_of,
    loop_around,
    names_in,
    node_at,
    parents,
    rounds_around,
    source_of,
    statement_of,
    user_sources,
)

_COST = 0.05
_AS_MANY = "its first axis may be that of the samples, of which one would be taken"
_NOT_LEFT = "nothing stores what the cells give for the next round"
_SEVERAL = "there are several cells, each of which may go on with a layer of its own"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``h, c = h[-1], c[-1]`` in front of the loop: what that hands on is a state of the cell already."""
    operation = failed(evidence, *CELLS)
    sizes = shape(operation, "input")
    if operation is None or sizes is None or len(sizes) != 2:
        return []
    wanted = (sizes[0], number(operation, "hidden_size"))
    items = [item for role in STATES if (item := operand(operation, role)) is not None]
    if not items or any((shape(operation, item.role) or ())[1:] != wanted for item in items):
        return []
    own = _of_own_layer(operation, items)
    if own is not None:
        return [own]
    names = list(dict.fromkeys(item.expression for item in items))
    place = _behind_layer(evidence, items, set(names))
    if place is None or not all(name.isidentifier() for name in names):
        return []
    is_pair = len(names) < len(items)
    values = [f"tuple(each[-1] for each in {name})" if is_pair else f"{name}[-1]" for name in names]
    change = line_after(place, f"{', '.join(names)} = {', '.join(values)}")
    doubt = ONE_DIRECTION if any(map(may_have_both_directions, user_sources(evidence))) else ""
    layers = (shape(operation, items[0].role) or (0,))[0]
    if len(items) == 1 and layers == sizes[0] > 1:
        # As many layers as samples: they may be all steps of each sample.
        doubt = doubt or _AS_MANY
    if _is_of_several(operation):
        doubt = doubt or _SEVERAL
    trial = tuple(Step("item", item.role, (-1,)) for item in items)
    return [Candidate(change.text.strip(), (change,), trial, _COST, doubt)]


def _of_own_layer(operation: Operation, items: list[Argument]) -> Candidate | None:
    """``cell(x, h[i])`` in a loop that counts its cells and only reads the states: to each the layer of its number."""
    node = node_at(operation.span)
    loop = loop_around(node)
    places = [item.span for item in items if item.span is not None]
    names = {place.text for place in places}
    if loop is None or not all(name.isidentifier() for name in names) or names & stored_in(loop):
        return None
    target, cells = loop.target, loop.iter.args if isinstance(loop.iter, ast.Call) else []
    parts = [ast.unparse(each) for each in items_of(target)]
    is_counted = isinstance(loop.iter, ast.Call) and ast.unparse(loop.iter.func) == "enumerate" and len(cells) == 1
    is_listed = len(parts) == 1 and operation.callee.endswith(f"[{parts[0]}]")
    if len(places) != len(items) or not (is_listed or (is_counted and parts[1:] == [operation.callee])):
        return None
    changes = tuple(Change(place, f"{place.text}[{parts[0]}]") for place in places)
    trial = tuple(Step("item", item.role, (0,)) for item in items)
    # What a step finds is what the one before it left: where nothing is left, something else is missing as well.
    rounds = [*rounds_around(loop)]
    doubt = "" if not rounds or names <= stored_in(rounds[0]) else _NOT_LEFT
    return Candidate(", ".join(each.text for each in changes), changes, trial, _COST, doubt)


def _is_of_several(operation: Operation) -> bool:
    """Whether the cell is one of a list that a loop goes through."""
    loops = rounds_around(node_at(operation.span))
    return "[" in operation.callee or any(isinstance(up, ast.For) and operation.callee in stored_in(up) for up in loops)


def _behind_layer(evidence: Evidence, items: list[Argument], names: set[str]) -> Span | None:
    """The statement in front of the loop that gives the states their names; None where there is no such loop."""
    for item in items[:1]:
        if item.span is None or not is_carried_round(evidence, item):
            return None
        loops = [*rounds_around(node_at(item.span))]
        for origin in trace(evidence, item.span, parts=True)[:1]:
            source, statement = source_of(origin.span.file), statement_of(node_at(origin.span))
            later = [each for each in loops if statement is not None and each not in parents(statement)]
            if source is not None and later and statement is not None and names <= stored_in(statement):
                return source.span(_last_reader(statement, later[-1], names))
    return None


def _last_reader(statement: ast.stmt, loop: ast.stmt, names: set[str]) -> ast.stmt:
    """The last of the statements from one to a loop that reads names, which are to stay what they are for it."""
    body = next((each for _, each in ast.iter_fields(loop.parent) if isinstance(each, list) and loop in each), [])  # type: ignore[attr-defined]
    between = body[body.index(statement) : body.index(loop)] if statement in body else [statement]
    return next((each for each in reversed(between) if names & names_in(each)), statement)
