"""Values and places of the largest numbers, where a function gives whole numbers on its other ways out."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.definitions import values_returned
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.sources import function_around, last_name, node_at, walk

_COST = 0.03
_DRAWN = ("randrange", "randint", "integers", "choice", "argmax", "int")
_WITH_PLACES = ("max", "min", "topk", "sort", "median", "mode", "kthvalue")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``scores.max(dim=1)[1].item()`` for ``scores.max(dim=1).item()`` beside ``return random.randrange(count)``."""
    item = operand(failed(evidence, "getattr"), "self")
    node = node_at(item.span) if item is not None else None
    if item is None or item.span is None or not says(evidence, r"return_types\.\w+' object has no attribute"):
        return []
    if not isinstance(node, ast.Call) or last_name(node.func) not in _WITH_PLACES:
        return []
    home = function_around(node)
    values = values_returned(home)
    others = [each for each in values if node not in walk(each)]
    if len(others) == len(values) or not others or not all(map(_is_whole, others)):
        return []
    change = suffixed(item.span, "[1]")
    return [Candidate(change.text, (change,), (), _COST)]


def _is_whole(value: ast.expr) -> bool:
    """Whether a value is a whole number: one that is written, drawn or the place of another."""
    if isinstance(value, ast.Constant):
        return type(value.value) is int
    calls = [each for each in walk(value) if isinstance(each, ast.Call)]
    return any(last_name(each.func) in _DRAWN for each in calls)
