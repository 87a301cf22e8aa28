"""A total of all rounds that each round goes back from: the loss of the round alone is meant."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.failing import says
from shapecheck.reading.going_back import GoingBack, Round, going_back
from shapecheck.reading.sources import Loop, home_around, is_named, parents, walk

CAUSE = "graph_gone_through_twice"
_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """What was added to a total last, gone back from in its place: ``loss.backward()`` for ``total.backward()``."""
    found = going_back(evidence) if says(evidence, r"second time") else None
    if found is None or not isinstance(found.loss, ast.Name) or not isinstance(found.rounds, Loop):
        return []
    total = found.loss.id
    line = found.made_of().get(total)
    added = _added(line, total)
    if added is None or not found.is_given_once(total):
        return []
    if next(up for up in parents(line) if isinstance(up, Round)) is not found.rounds:
        return _begun_anew(found, total)
    if not isinstance(added, ast.Name):
        return []
    return [Candidate(f"{added.id}.backward()", (Change(found.source.span(found.loss), added.id),), (), _COST)]


def _begun_anew(found: GoingBack, total: str) -> list[Candidate]:
    """A total that a loop within the round adds up, begun where each round begins."""
    lines = [
        each for each in walk(home_around(found.call)) if isinstance(each, ast.Assign) and total in stored_in(each)
    ]
    outside = [each for each in lines if each not in walk(found.rounds)]
    changes = found.in_each_round(outside[0]) if len(outside) == 1 else ()
    return [Candidate(f"{ast.unparse(outside[0])} in each round", changes, (), _COST)] if changes else []


def _added(line: ast.stmt | None, total: str) -> ast.expr | None:
    """What a statement adds to a name: ``loss`` of ``total += loss`` and of ``total = total + loss``."""
    if isinstance(line, ast.AugAssign) and isinstance(line.op, ast.Add):
        return line.value
    value = line.value if isinstance(line, ast.Assign) else None
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add):
        return None
    sides = [value.left, value.right]
    return next((each for at, each in enumerate(sides) if is_named(sides[1 - at], total)), None)
