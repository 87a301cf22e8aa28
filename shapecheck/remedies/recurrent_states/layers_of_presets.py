"""A number of layers that one of several presets alone says: with that of the others, the state has as many layers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import RECURRENT, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.recurrent.recurrent_calls import state_roles, state_sizes
from shapecheck.reading.recurrent.state_givers import giver_of, layers_told
from shapecheck.reading.sizes.written_settings import entries_of, setting_read
from shapecheck.reading.sources import Source, found_at, walk
from shapecheck.reading.ways_back import spans_behind

CAUSE = "state_of_other_layers"
_COST = -0.02
_LEAST = 2
_EITHER = "this preset may be meant to have more layers than the others, and the layer in front was not told how many"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``"deep": {"layers": 1}`` for ``"deep": {"layers": 2}`` beside presets of one layer, where the state has one."""
    operation = failed(evidence, *RECURRENT)
    item = operand(operation, *state_roles(operation)) if operation is not None else None
    told = layers_told(evidence, operation) if operation is not None else None
    sizes = sizes_of(item)
    if (
        operation is None
        or item is None
        or told is None
        or len(sizes) != 3
        or giver_of(evidence, operation, item) is None
    ):
        return []
    rows, batch, width = state_sizes(operation, item.role)
    if sizes[0] == rows or sizes[1:] != (batch, width) or operation.config.get("bidirectional"):
        return []
    found = list(dict.fromkeys(_entries(evidence, told, sizes[0])))
    return [
        Candidate(f"{span.text} -> {sizes[0]}", (Change(span, str(sizes[0])),), (), _COST, _EITHER) for span in found
    ]


def _entries(evidence: Evidence, told: Span, have: int) -> Iterator[Span]:
    """Where the preset that is taken says how many layers there are, and all the others say what is there."""
    home, node = found_at(told)
    base, name = setting_read(node)
    for span in spans_behind(evidence, home.span(base)) if home is not None and base is not None and name else ():
        source, root = found_at(span)
        for taken in walk(root) if source is not None else ():
            _, key = setting_read(taken)
            for presets in _presets(source, name) if source is not None and key else ():
                others = {whole_number(entry) for other, entry in presets.items() if other != key}
                if key in presets and len(presets) > _LEAST and others == {have} and source is not None:
                    yield source.span(presets[key])


def _presets(source: Source, name: str) -> Iterator[dict[str, ast.expr]]:
    """The tables of presets, each with what these say for a setting."""
    for node in walk(source.tree):
        told = {key: dict(entries_of(value)) for key, value in entries_of(node)}
        if len(told) > 1 and all(name in each for each in told.values()):
            yield {key: each[name] for key, each in told.items()}
