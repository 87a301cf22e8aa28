"""A table of positions that is shorter than the sequences may be made: as long as what makes them was told."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import is_number
from shapecheck.reading.layers.outgrown_tables import outgrown_table
from shapecheck.reading.layers.positions_outgrown import is_counted
from shapecheck.reading.origins import given_for
from shapecheck.reading.sizes.numbers_behind import numbers_behind
from shapecheck.reading.sources import found_at, last_name, names_in, parameters, user_sources, walk
from shapecheck.reading.ways_back import spans_behind

CAUSE = "table_too_short"
_COST = 0.07
# A number that is many times as large counts something else.
_MOST = 2


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Embedding(150, width)`` for ``nn.Embedding(100, width)`` beside ``sentences(12, longest=150)``."""
    table = outgrown_table(evidence, "Embedding")
    if table is None or not is_counted(evidence, table.tokens):
        return []
    told = {size for size in _told(evidence, table.tokens) if table.need <= size <= _MOST * table.need}
    if len(told) != 1 or _is_written(evidence, table.need):
        return []
    (longest,) = told
    trial = (Step("configure", "", ("num_embeddings", longest)),)
    return [
        Candidate(f"{place.text} -> {size}", (Change(place, str(size)),), trial, _COST)
        for place, size in numbers_behind(evidence, table.given, table.rows, longest)
        if is_number(place.text) and size == longest
    ]


def _is_written(evidence: Evidence, need: int) -> bool:
    """Whether the script itself names how long these sequences are: none of them is longer."""
    nodes = (node for source in user_sources(evidence) for node in walk(source.tree))
    return any(isinstance(node, ast.Constant) and node.value == need for node in nodes)


def _told(evidence: Evidence, item: Argument) -> Iterator[int]:
    """The whole numbers that functions of the script were given which the positions came from, but counts of rounds."""
    for span in spans_behind(evidence, item.span):
        source, node = found_at(span)
        tree = source.tree if source is not None else None
        own = {each.name: each for each in walk(tree) if isinstance(each, ast.FunctionDef)}
        for call in walk(node):
            function = own.get(last_name(call.func)) if isinstance(call, ast.Call) else None
            if function is None or source is None or not isinstance(call, ast.Call):
                continue
            for name in parameters(function):
                part = given_for(call, function, name)
                size = worked_out(evidence, source.span(part)) if part is not None else None
                if type(size) is int and not _counts_rounds(function, name):
                    yield size


def _counts_rounds(function: ast.FunctionDef, name: str) -> bool:
    """Whether a function makes so many of something: ``for _ in range(count)``."""
    calls = (each for each in walk(function) if isinstance(each, ast.Call) and last_name(each.func) == "range")
    return any(name in names_in(*call.args) for call in calls)
