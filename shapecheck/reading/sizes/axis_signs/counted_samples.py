"""Whether the size counts samples or steps, by its name or its place in a state, and where these lie."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.reading.failing import CELLS, RECURRENT
from shapecheck.reading.name_words import SAMPLES, STEPS
from shapecheck.reading.sizes.axis_signs.gone_along import steps_axis
from shapecheck.reading.sizes.axis_signs.use import FACTORIES, Use
from shapecheck.reading.sources import (
    call_around,
    found_at,
    last_name,
    statement_of,
    walk,
)
from shapecheck.reading.steps.layouts import batch_stands_first


def of_samples(use: Use) -> Iterator[int]:
    """The axis of the samples, or of the steps, where its name or its place in a state says that it counts these."""
    words, kinds = _words(use), {last_name(each.func) for each in walk(use.source.tree) if isinstance(each, ast.Call)}
    is_samples = _is_of_state(use, kinds) or any(map(SAMPLES.search, words))
    if not is_samples and not any(map(STEPS.search, words)):
        return
    _, place = found_at(use.one.place)
    first = steps_axis(place) if place is not None else None
    told = batch_stands_first(use.evidence)
    if first is None and told is not None:
        first = 1 if told else 0
    if first is None and is_samples and (len(use.one.sizes) > 3 or not kinds & {*RECURRENT, *CELLS}):
        first = 1
    if first is not None:
        yield 1 - first if is_samples else first


def _words(use: Use) -> list[str]:
    """The names that it bears as a number: of a variable, of a parameter."""
    found = [use.node.id] if isinstance(use.node, ast.Name) and use.one.use != use.one.place else []
    line = statement_of(use.node)
    target = line.targets[0] if isinstance(line, ast.Assign) and line.value is use.node else None
    return [*found, *([target.id] if isinstance(target, ast.Name) else [])]


def _is_of_state(use: Use, kinds: set[str]) -> bool:
    """Whether it is the size behind the layers of a state, or the first of that of a cell."""
    row, call = use.row, call_around(use.node)
    if not row or (call is not None and last_name(call.func) not in FACTORIES):
        return False
    place = (len(row), row.index(use.node))
    return (place == (3, 1) and bool(kinds & {*RECURRENT})) or (place == (2, 0) and bool(kinds & {*CELLS}))
