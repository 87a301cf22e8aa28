"""A name that is made anew of another one, where the lines beside make each name anew of itself in the same way."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed
from shapecheck.reading.sources import (
    Source,
    every_parameter,
    function_around,
    function_of_line,
    source_of,
    walk,
)

CAUSE = "another_name_meant"
_COST = 0.03
# With the name that is read instead.
_BESIDE = 2


def candidates(evidence: Evidence) -> list[Candidate]:
    """``query = query.view(n, t, h, d)`` for ``query = key.view(n, t, h, d)`` beside ``key = key.view(n, s, h, d)``."""
    frame, operation = evidence.user_frame, failed(evidence)
    if frame is None or operation is None:
        return []
    source = source_of(frame.statement.file)
    home = function_of_line(source, frame.statement.line) if source is not None else None
    found = _odd_ones(source, home) if source is not None and home is not None else ()
    texts = {item.expression for item in operation.arguments}
    return [each for each, line, name in found if line == frame.statement.line or name in texts]


def _odd_ones(source: Source, home: ast.FunctionDef) -> Iterator[tuple[Candidate, int, str]]:
    """Each with its line, and the name that is given a value there."""
    made = [found for each in walk(home) if (found := _made_of(each)) is not None and function_around(each) is home]
    for target, base, method in made:
        of_itself = {one.id for one, other, called in made if called == method and one.id == other.id}
        is_given = target.id in every_parameter(home)
        is_once = sum(one.id == target.id for one, _, _ in made) == 1
        if base.id in of_itself and target.id not in of_itself and is_given and is_once and len(of_itself) >= _BESIDE:
            change = Change(source.span(base), target.id)
            yield Candidate(f"{base.id} -> {target.id}", (change,), (), _COST), target.lineno, target.id


def _made_of(node: ast.AST) -> tuple[ast.Name, ast.Name, str] | None:
    """The name that a line gives a value, the name of which a method makes it, and the method."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name):
        return None
    call = node.value
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    base = call.func.value
    return (node.targets[0], base, call.func.attr) if isinstance(base, ast.Name) else None
