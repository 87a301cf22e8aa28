"""A class that nobody makes and that takes what another one takes, where the other is made for fewer rows of labels."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import INDEX_LOSSES, failed, shape
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import (
    Source,
    class_around,
    home_of_crash,
    is_named,
    parameters,
    walk,
)

_COST, _FAR = 0.02, 0.6
_EITHER = "the labels may be meant to be one for each sample"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``ForTokens(config)`` for ``ForSequences(config)``, where there is a label for each token."""
    operation, frame = failed(evidence, *INDEX_LOSSES), evidence.user_frame
    given, target = shape(operation, "input"), shape(operation, "target")
    source, function = home_of_crash(evidence)
    owner = class_around(function)
    if not given or not target or source is None or owner is None or frame is None or function is None:
        return []
    if target[0] <= given[0] or target[0] % given[0]:
        return []
    others = [each for each in walk(source.tree) if isinstance(each, ast.ClassDef) and _stands_in(source, each, owner)]
    made = list(source.calls(owner.name))
    if len(others) != 1 or len(made) != 1 or not isinstance(made[0].func, ast.Name):
        return []
    held = [sizes_of(frame.names.get(name)) for name in parameters(function)[1:]]
    rows = [sizes for sizes in held if len(sizes) > 1 and sizes[0] * sizes[1] == target[0]]
    name, doubt = others[0].name, "" if len(rows) > 1 and len(set(rows)) == 1 else _EITHER
    change = Change(source.span(made[0].func), name)
    return [Candidate(f"{owner.name} -> {name}", (change,), (), _FAR if doubt else _COST, doubt)]


def _stands_in(source: Source, other: ast.ClassDef, owner: ast.ClassDef) -> bool:
    """Whether a class is read nowhere, and has the bases and the methods of another one, with the same parameters."""
    if other is owner or [ast.unparse(each) for each in other.bases] != [ast.unparse(each) for each in owner.bases]:
        return False
    if any(is_named(each, other.name) for each in walk(source.tree)):
        return False
    return bool(_methods(owner)) and _methods(other) == _methods(owner)


def _methods(owner: ast.ClassDef) -> dict[str, list[str]]:
    return {each.name: parameters(each) for each in owner.body if isinstance(each, ast.FunctionDef)}
