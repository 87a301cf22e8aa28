"""A tensor that was made once in front of the rounds, each of which goes back through what made it."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import names_read, stored_in
from shapecheck.reading.failing import says
from shapecheck.reading.going_back import GoingBack, going_back
from shapecheck.reading.sources import Loop, home_around, last_name, names_in, walk

CAUSE = "graph_gone_through_twice"
_COST = 0.05
# What makes a tensor of which gradients are asked, and no graph.
_LEAVES = ("Parameter", "requires_grad_", "Variable")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The line that makes it, at the beginning of each round."""
    found = going_back(evidence) if says(evidence, r"second time") else None
    if found is None or not isinstance(found.rounds, Loop):
        return []
    made = [line for name in _from_outside(found) if (line := _made_before(evidence, found, name)) is not None]
    changes = found.in_each_round(made[0]) if len(made) == 1 else ()
    return [Candidate(f"{ast.unparse(made[0])} in each round", changes, (), _COST)] if changes else []


def _from_outside(found: GoingBack) -> set[str]:
    """The names that the loss is made of to which no line of the round gives a value."""
    values = [getattr(line, "value", None) for line in found.made_of().values()]
    read = names_in(found.loss).union(*(names_read(value) for value in values if value is not None))
    return read - stored_in(found.rounds)


def _made_before(evidence: Evidence, found: GoingBack, name: str) -> ast.Assign | None:
    """The one statement in front of the loop that makes a tensor with a graph of this name."""
    held, home = evidence.held.get(name), home_around(found.call)
    if held is None or held.facts.get("requires_grad") != 1:
        return None
    given = [
        each
        for each in walk(home)
        if isinstance(each, ast.Assign) and home_around(each) is home and name in stored_in(each)
    ]
    line = given[0] if len(given) == 1 and given[0].lineno < found.rounds.lineno else None  # type: ignore[union-attr]
    return line if line is not None and not _is_leaf(line.value) else None


def _is_leaf(value: ast.expr) -> bool:
    calls = [each for each in walk(value) if isinstance(each, ast.Call)]
    asked = any(key.arg == "requires_grad" for each in calls for key in each.keywords)
    return asked or not calls or last_name(calls[0].func) in _LEAVES
