"""A step behind an ``if`` that another function of the class takes in the ``else`` of the same one: put there too."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed
from shapecheck.reading.sources import Source, class_around, source_of, statement_of, walk
from shapecheck.reading.ways_back import spans_behind

_COST = -0.02
# Spaces of one level, where the script shows no other.
_INDENT = 4


def candidates(evidence: Evidence) -> list[Candidate]:
    """``else:`` in front of a step that an operand went through."""
    operation = failed(evidence)
    found: list[Candidate] = []
    for item in operation.arguments if operation is not None else ():
        for span in spans_behind(evidence, item.span):
            source = source_of(span.file)
            step = statement_of(source.node_at(span)) if source is not None else None
            if source is not None and isinstance(step, ast.Assign):
                found += _in_else(source, step)
    return found


def _in_else(source: Source, step: ast.Assign) -> Iterator[Candidate]:
    test = _if_before(step)
    around, names = class_around(step), {ast.unparse(target) for target in step.targets}
    if test is None or test.orelse or not names & _given_in(test):
        return
    twins = [
        each
        for each in walk(around or source.tree)
        if isinstance(each, ast.If) and each is not test and ast.dump(each.test) == ast.dump(test.test)
    ]
    if any([ast.dump(line) for line in each.orelse] == [ast.dump(step)] for each in twins):
        span = source.span(step)
        body = f"else:\n{' ' * (span.column + _INDENT)}{span.text}"
        yield Candidate(f"else: {span.text}", (Change(span, body),), (), _COST)


def _if_before(step: ast.Assign) -> ast.If | None:
    """The ``if`` right in front of a statement."""
    for field in ("body", "orelse"):
        lines = getattr(getattr(step, "parent", None), field, [])
        at = lines.index(step) if step in lines else 0
        if at > 0:
            return lines[at - 1] if isinstance(lines[at - 1], ast.If) else None
    return None


def _given_in(test: ast.If) -> set[str]:
    """What the branch of a condition sets."""
    sets = [each for line in test.body for each in walk(line) if isinstance(each, ast.Assign)]
    return {ast.unparse(target) for each in sets for target in each.targets}
