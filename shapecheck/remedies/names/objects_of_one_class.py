"""A method of one of two objects of a class, where what it is given goes with the other: ``of_targets.undo(guess)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed
from shapecheck.reading.sources import Source, home_around, names_in, node_at, source_of, walk

_COST, _FAR = 0.05, 0.9
_NOT_TOLD = "nothing tells that the other object is the one which goes with it"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The other object, where the targets of the model were made by it."""
    frames = evidence.user_frames
    if failed(evidence) is None or len(frames) < 2:
        return []
    call, source, node = call_of(frames[-2].span), source_of(frames[-2].span.file), node_at(frames[-2].span)
    method = call.func if call is not None else None
    if source is None or node is None or not isinstance(method, ast.Attribute) or method.attr != frames[-1].function:
        return []
    if not isinstance(method.value, ast.Name):
        return []
    others = sorted(set(_others(source, node, method.value.id)))
    place = piece(frames[-2].span, method.value)
    doubt = "" if len(others) == 1 and _makes_targets(source, node, others[0]) else _NOT_TOLD
    cost = _FAR if doubt else _COST
    return [Candidate(f"{place.text} -> {other}", (Change(place, other),), (), cost, doubt) for other in others]


def _others(source: Source, call: ast.expr, name: str) -> Iterator[str]:
    """The other names that are given an object of the same class in the same place, above the call."""
    home = home_around(call)
    made = {
        target.id: _class(value)
        for line in walk(home)
        for target, value in values_given(line)
        if isinstance(target, ast.Name) and value.lineno < call.lineno
    }
    own = {each.name for each in walk(source.tree) if isinstance(each, ast.ClassDef)}
    if made.get(name) in own:
        yield from (other for other, kind in made.items() if other != name and kind == made[name])


def _class(node: ast.expr) -> str:
    """What is called at the beginning of a row of calls: ``Scaler`` of ``Scaler(0, 1).fit(rows)``."""
    while isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name):
            return node.func.id
        node = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    return ""


def _makes_targets(source: Source, call: ast.expr, name: str) -> bool:
    """Whether a loss compares with what a method of the object gave."""
    home = home_around(call)
    lines = [(target, value) for each in walk(home) for target, value in values_given(each)]
    made = {
        each
        for target, value in lines
        if isinstance(value, ast.Call | ast.Attribute | ast.Subscript) and _is_given_by(value, name)
        for each in names_in(target)
    }
    for _ in lines:
        more = {each for target, value in lines if names_in(value) & made for each in names_in(target)} - made
        if not more:
            break
        made |= more
    losses = source.calls(*INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    return any(names_in(each.args[1]) & made for each in losses if len(each.args) > 1)


def _is_given_by(node: ast.expr, name: str) -> bool:
    """Whether an expression is, in the end, what a method of an object gave."""
    while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
        inner = node.func if isinstance(node, ast.Call) else node.value
        if isinstance(node, ast.Call) and isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            return inner.value.id == name
        node = inner
    return False
