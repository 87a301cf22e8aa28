"""A state that a step hands back with the axis which it puts in for its layer: the next round is given one too many."""

from __future__ import annotations

import ast
from itertools import islice

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import suffixed, whole_number
from shapecheck.reading.failing import failed
from shapecheck.reading.sources import (
    function_around,
    last_name,
    names_in,
    node_at,
    rounds_around,
    statement_of,
    walk,
)
from shapecheck.reading.ways_back import spans_behind

_COST = -0.02
# What is farther back has too many others that could be to blame.
_NEAR = 12


def candidates(evidence: Evidence) -> list[Candidate]:
    """``return out, state.squeeze(0)`` behind ``out, state = self.rnn(x, state.unsqueeze(0))``."""
    operation = failed(evidence)
    places = [item.span for item in operation.arguments] if operation is not None else []
    behind = list(islice(spans_behind(evidence, *places), _NEAR)) if places else []
    if not any(_is_carried(node_at(each)) for each in behind):
        return []
    for span in behind:
        node = node_at(span)
        axis = _axis_put_in(node) if isinstance(node, ast.Name) else None
        if axis is not None and isinstance(statement_of(node), ast.Return):
            change = suffixed(span, f".squeeze({axis})")
            return [Candidate(change.text, (change,), (), _COST)]
    return []


def _is_carried(node: ast.AST | None) -> bool:
    """Whether a call in a loop is given what the same statement gets of it: ``out, state = step(x, state)``."""
    line = statement_of(node)
    stored = names_in(*line.targets) if isinstance(line, ast.Assign) else set()
    is_looped = any(rounds_around(node))
    return is_looped and isinstance(node, ast.Call) and not stored.isdisjoint(names_in(*node.args))


def _axis_put_in(name: ast.Name) -> int | None:
    """Which axis the function puts into a state of its own for the layer that gives a name; None where it does not."""
    home = function_around(name)
    given = {each.arg for each in home.args.args} if home is not None else set()
    for target, value in (pair for each in walk(home) for pair in values_given(each)):
        for part in value.args[1:] if isinstance(value, ast.Call) and name.id in names_in(target) else ():
            base = part.func.value if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) else None
            if isinstance(part, ast.Call) and last_name(part.func) == "unsqueeze" and names_in(base) <= given and base:
                return whole_number(part.args[0]) if part.args else None
    return None
