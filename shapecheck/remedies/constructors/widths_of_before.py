"""A width that a layer changes, under a name that keeps the old one: ``Conv2d(c, c // 2)`` without ``c = c // 2``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import statement_behind
from shapecheck.reading.failing import CONVOLUTIONS, failed, kind, number, shape
from shapecheck.reading.layers.layer_arguments import GIVEN, TAKEN, told_for
from shapecheck.reading.reckoning import Reckoner
from shapecheck.reading.sources import (
    Source,
    found_at,
    function_around,
    is_named,
    last_name,
    names_in,
    parents,
    statement_of,
    walk,
)

_COST = 0.02
_LAYERS = ("Linear", *CONVOLUTIONS)


def candidates(evidence: Evidence) -> list[Candidate]:
    """The new width under the name, behind the layer that gives it."""
    operation = failed(evidence, *_LAYERS)
    sizes = shape(operation, "input")
    if operation is None or sizes is None or len(sizes) < 2:
        return []
    name, _, axis = TAKEN[kind(operation)]
    lacks = number(operation, name) - sizes[axis]
    found = {}
    for place in evidence.told.get(name, ()) if lacks else ():
        source, node = found_at(place)
        if source is None or node is None:
            continue
        for call, name_of_width, width in _changed(source, node):
            if _gave(evidence, source, call, name_of_width, width, lacks):
                found[call] = _handed_on(source, call, name_of_width, width)
    # Of two such layers, nobody knows which one it was.
    return list(found.values()) if len(found) == 1 else []


def _changed(source: Source, told: ast.expr) -> Iterator[tuple[ast.Call, str, ast.expr]]:
    """The layers in loops of the same function that take the width of a name and give another, reckoned from it."""
    home = function_around(told)
    names = names_in(told)
    for call in walk(home):
        if not isinstance(call, ast.Call) or last_name(call.func) not in _LAYERS:
            continue
        spans = [told_for(source.span(call), each[last_name(call.func)].name) for each in (TAKEN, GIVEN)]
        given = [source.node_at(span) if span is not None else None for span in spans]
        if not isinstance(given[0], ast.Name) or not isinstance(given[1], ast.BinOp):
            continue
        is_in_loop = any(isinstance(up, ast.For) for up in parents(call))
        if is_in_loop and given[0].id in names & names_in(given[1]) and not _is_stored_behind(call, given[0].id):
            yield call, given[0].id, given[1]


def _is_stored_behind(call: ast.Call, name: str) -> bool:
    """Whether the statement of a layer, or one behind it in the same block, gives the name anew."""
    statement = statement_of(call)
    block = _block_of(statement) if statement is not None else []
    behind = block[block.index(statement) :] if statement in block else []
    stored = (each for line in behind for each in walk(line) if is_named(each, name))
    return any(isinstance(each.ctx, ast.Store) for each in stored)


def _block_of(statement: ast.stmt) -> list[ast.stmt]:
    up = next(parents(statement), None)
    blocks = (getattr(up, each, None) for each in ("body", "orelse"))
    return next((each for each in blocks if isinstance(each, list) and statement in each), [])


def _gave(evidence: Evidence, source: Source, call: ast.Call, name: str, width: ast.expr, lacks: int) -> bool:
    """Whether such a layer was gone through before, and gave as much less as the one that failed lacks."""
    axis = TAKEN[last_name(call.func)].axis
    for entry in evidence.trace or ():
        record = entry.call
        if record.type.rpartition(".")[2] != last_name(call.func) or record.status == "raised":
            continue
        ends = [each.shape[axis] for each in (*record.inputs[:1], *record.outputs[:1]) if len(each.shape) > abs(axis)]
        if len(ends) != 2 or ends[0] - ends[1] != lacks:
            continue
        if Reckoner(evidence).known(source, width, {name: ends[0]}) == ends[1]:
            return True
    return False


def _handed_on(source: Source, call: ast.Call, name: str, width: ast.expr) -> Candidate:
    statement = statement_of(call)
    assert statement is not None
    block = _block_of(statement)
    behind = block[block.index(statement) + 1 :]
    if any(name in names_in(each) for each in behind):
        # What is made with the old width still.
        statement = block[-1]
    line = f"{name} = {source.span(width).text}"
    return Candidate(line, (statement_behind(source, statement, line),), (), _COST)
