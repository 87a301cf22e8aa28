"""What a loop begins with, given the axis that its rounds put into what they hand on to a recurrent layer."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import RECURRENT, STATES, failed, operand, shape
from shapecheck.reading.only_handed_on import is_left_by_round
from shapecheck.reading.sources import found_at, home_around, is_named, parents, rounds_around, walk
from shapecheck.reading.turned_before import axis_made

_COST = 0.06


def candidates(evidence: Evidence) -> list[Candidate]:
    """``inputs = features.unsqueeze(1)`` in front of a loop that ends in ``inputs = embed(token).unsqueeze(1)``.

    Without it the first round runs, and leaves a state without an axis of samples, which the second one refuses.
    """
    operation = failed(evidence, *RECURRENT)
    item, now, state = operand(operation, "input"), shape(operation, "input"), shape(operation, *STATES)
    before = next((each.shape for call in evidence.earlier for each in call.inputs if each.role == "input"), None)
    if item is None or now is None or state is None or before is None or not is_left_by_round(evidence, item):
        return []
    if (len(now), len(state), len(before)) != (3, 2, 2):
        return []
    axes = [axis for axis in range(2) if (*before[:axis], 1, *before[axis:]) == now]
    source, use = found_at(item.span)
    first, later = _assigned(use, item.expression)
    made = axis_made(source.span(later).text) if source is not None and later is not None else None
    axes = [made[2]] if made is not None and made[2] in axes else axes
    if source is None or first is None or len(axes) != 1:
        return []
    change = suffixed(source.span(first), f".unsqueeze({axes[0]})")
    return [Candidate(f"{item.expression} = {change.text}", (change,), (), _COST)]


def _assigned(use: ast.AST | None, name: str) -> tuple[ast.expr | None, ast.expr | None]:
    """What a name is given last in front of the loop around its use, and what it is given in that."""
    loop = next(rounds_around(use), None)
    pairs = (pair for each in walk(home_around(use)) for pair in values_given(each))
    given = [value for target, value in pairs if is_named(target, name)]
    inside = [each for each in given if loop is not None and loop in parents(each)]
    above = [each for each in given if loop is not None and each.lineno < loop.lineno]
    first = max(above, key=lambda each: each.lineno, default=None)
    return first, inside[0] if len(inside) == 1 else None
