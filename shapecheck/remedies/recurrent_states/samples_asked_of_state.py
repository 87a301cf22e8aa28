"""Steps for as many samples as a state has layers, or numbers: their count was asked of another axis of the state."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation, Value
from shapecheck.reading.applied import size_asked
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import CELLS, RECURRENT, STATES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.recurrent.recurrent_calls import batch_of
from shapecheck.reading.sources import found_at, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.03
_SEVERAL = "the state is asked for a size of this number in more than one place"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``state.size(1)`` for ``state.size(0)``, and for ``state[0].size(1)`` of what is no pair."""
    operation = failed(evidence, *RECURRENT, *CELLS)
    given = operand(operation, "input")
    state = operand(operation, *STATES)
    if operation is None or given is None or given.span is None or len(sizes_of(state)) < 2 or state is None:
        return []
    found = list(dict.fromkeys(_asked(evidence, operation, given, sizes_of(state))))
    return [replace(each, unless_read=_SEVERAL) for each in found] if len(found) > 1 else found


def _asked(evidence: Evidence, operation: Operation, given: Argument, state: tuple[int, ...]) -> Iterator[Candidate]:
    count = batch_of(operation) if operation.config.get("num_layers") else next(iter(sizes_of(given)), None)
    if count is None or count == state[-2] or given.span is None:
        return
    for span in spans_behind(evidence, given.span):
        source, root = found_at(span)
        for node in walk(root) if source is not None else ():
            asked = size_asked(node)
            held = _of_state(evidence, asked[0], state) if asked is not None else ""
            if asked is None or not held or source is None or _answer(evidence, *asked) != count:
                continue
            place = source.span(node)
            text = f"{held}.shape[{len(state) - 2}]" if ".shape" in place.text else f"{held}.size({len(state) - 2})"
            yield Candidate(f"{place.text} -> {text}", (Change(place, text),), (), _COST)


def _of_state(evidence: Evidence, base: ast.expr, state: tuple[int, ...]) -> str:
    """The state by its words, where it, or a part of it, is asked."""
    name, _ = _taken(base)
    value = evidence.held.get(name)
    if value is None:
        return ""
    if sizes_of(value) == state:
        return name
    return ast.unparse(base) if sizes_of(_value(evidence, base)) == state else ""


def _answer(evidence: Evidence, base: ast.expr, axis: int) -> int | None:
    name, at = _taken(base)
    value = evidence.held.get(name)
    sizes = sizes_of(_value(evidence, base))
    if value is not None and value.record is not None and at is not None:
        # An item of a tensor has an axis less.
        sizes = sizes_of(value)[1:]
    return sizes[axis] if -len(sizes) <= axis < len(sizes) else None


def _value(evidence: Evidence, base: ast.expr) -> Value | None:
    """What was asked, where that is a name, or an item of a tuple that has a name."""
    name, at = _taken(base)
    value = evidence.held.get(name)
    if at is None or value is None:
        return value
    return value.items[at] if -len(value.items) <= at < len(value.items) else None


def _taken(base: ast.expr) -> tuple[str, int | None]:
    """A name, and which item of it is taken."""
    if isinstance(base, ast.Subscript) and (at := whole_number(base.slice)) is not None:
        return ast.unparse(base.value), at
    return ast.unparse(base), None
