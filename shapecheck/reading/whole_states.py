"""States of recurrent layers that are handed on with the axis of their layers, read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Evidence
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, shape
from shapecheck.reading.sources import Source, last_name, user_sources

MAX_LAYERS = 8


def whole_states(source: Source) -> Iterator[ast.Name]:
    """The arguments of calls that are a state as the layer returned it: ``fc(h)``, not ``fc(h[-1])``."""
    names = _states(source)
    for call in ast.walk(source.tree):
        if not isinstance(call, ast.Call) or last_name(call.func) in ("cat", "append", "len", "print"):
            continue
        if ast.unparse(call.func) in names.values():
            continue
        for part in call.args:
            if isinstance(part, ast.Name) and part.id in names:
                yield part


def layers_of_scores(evidence: Evidence) -> tuple[int, ...] | None:
    """The shape of scores that a loss refused because the layers of a state lie in front of the samples; else None."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    scores = shape(operation, "input") if operation is not None else None
    labels = shape(operation, "target") if operation is not None else None
    if not scores or not labels or len(scores) != 3 or not 2 <= scores[0] <= MAX_LAYERS:
        return None
    if labels[0] != scores[1] or scores[0] == scores[1]:
        return None
    return scores if any(True for source in user_sources(evidence) for _ in whole_states(source)) else None


def _states(source: Source) -> dict[str, str]:
    """Name of a state -> the text of the layer that returned it."""
    layers = {
        ast.unparse(node.targets[0])
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and last_name(node.value.func) in ("LSTM", "GRU", "RNN")
    }
    found = {}
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Tuple):
            continue
        target, value = node.targets[0], node.value
        if len(target.elts) != 2 or not isinstance(value, ast.Call) or ast.unparse(value.func) not in layers:
            continue
        state = target.elts[1]
        for part in state.elts if isinstance(state, ast.Tuple) else [state]:
            if isinstance(part, ast.Name) and part.id != "_":
                found[part.id] = ast.unparse(value.func)
    return found
