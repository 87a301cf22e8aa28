"""Values and places of the largest numbers, where the places are meant: to look up, or beside whole numbers."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.definitions import values_returned
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.sources import (
    function_around,
    home_around,
    is_named,
    last_name,
    node_at,
    targets_of,
    walk,
)
from shapecheck.reading.vocabulary import WITH_PLACES

_COST = 0.03
_DRAWN = ("randrange", "randint", "integers", "choice", "argmax", "int")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``scores.max(dim=1)[1].item()`` for ``scores.max(dim=1).item()`` in ``letters[...]``, or beside ``return 3``."""
    item = operand(failed(evidence, "getattr"), "self")
    node = node_at(item.span) if item is not None else None
    if item is None or item.span is None or not says(evidence, r"return_types\.\w+' object has no attribute"):
        return []
    if not isinstance(node, ast.Call) or last_name(node.func) not in WITH_PLACES:
        return []
    if not _looks_up(node) and not _is_beside_whole(node):
        return []
    change = suffixed(item.span, "[1]")
    return [Candidate(change.text, (change,), (), _COST)]


def _looks_up(node: ast.expr) -> bool:
    """Whether something is looked up by what is made of it, at once or by the name that it gets."""
    top: ast.AST = node
    up = getattr(top, "parent", None)
    while top in (getattr(up, "value", None), getattr(up, "func", None)) and isinstance(up, ast.Attribute | ast.Call):
        top, up = up, getattr(up, "parent", None)
    if isinstance(up, ast.Subscript) and up.slice is top:
        return True
    names = [each.id for each in targets_of(top) if isinstance(each, ast.Name)]
    asked = [each.slice for each in walk(home_around(node)) if isinstance(each, ast.Subscript)]
    return any(is_named(each, name) and each.lineno > node.lineno for each in asked for name in names)


def _is_beside_whole(node: ast.expr) -> bool:
    """Whether it is returned, and a whole number on all the other ways out."""
    values = values_returned(function_around(node))
    others = [each for each in values if node not in walk(each)]
    return len(others) < len(values) and bool(others) and all(map(_is_whole, others))


def _is_whole(value: ast.expr) -> bool:
    """Whether a value is a whole number: one that is written, drawn or the place of another."""
    if isinstance(value, ast.Constant):
        return type(value.value) is int
    calls = [each for each in walk(value) if isinstance(each, ast.Call)]
    return any(last_name(each.func) in _DRAWN for each in calls)
