"""The states of both directions, which lie under each other, before a layer that takes them side by side."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import failed, number, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.recurrent.states_of_both import is_of_both, returned_as_given
from shapecheck.reading.sources import function_around, node_at, statement_of, walk

CAUSE = "directions_not_joined"
_COST = 0.01


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.cat([h[0::2], h[1::2]], dim=2)`` for another layer's state; ``torch.cat([h[-2], h[-1]], dim=1)`` else."""
    operation = failed(evidence, "Linear")
    item = operand(operation, "input")
    if operation is None or item is None or item.span is None or not is_of_both(evidence, operation, item):
        return []
    place = returned_as_given(evidence, item) or item.span
    sizes, text = sizes_of(item), bracketed(place.text)
    if len(sizes) != 3 or sizes[0] % 2 or number(operation, "in_features") != 2 * sizes[2]:
        return []
    is_state = _is_handed_on(item)
    of_all, of_last = f"[{text}[0::2], {text}[1::2]], dim=2", f"[{text}[-2], {text}[-1]], dim=1"
    joined = f"torch.cat({of_all if is_state else of_last})"
    left = [sizes[0] // 2] if is_state else []
    step = Step("stand_in", item.role, (*left, sizes[1], 2 * sizes[2]))
    return [Candidate(joined, (Change(place, joined),), (step,), _COST)]


def _is_handed_on(item: Argument) -> bool:
    """Whether what is made of a state becomes the state of another layer in the same function."""
    node = node_at(item.span)
    statement, home = statement_of(node), function_around(node)
    given = stored_in(statement) if statement is not None else set()
    calls = (each for each in walk(home) if isinstance(each, ast.Call)) if home is not None else ()
    states = (part for call in calls for part in call.args[1:2])
    return any(isinstance(each, ast.Name) and each.id in given for each in states)
