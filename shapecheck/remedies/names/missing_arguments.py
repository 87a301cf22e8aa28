"""An argument that a call left out and gets back: what was given it before is in the place where it comes back."""

from __future__ import annotations

import ast
import re

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.definitions import names_returned
from shapecheck.reading.edits import with_keyword
from shapecheck.reading.failing import failed
from shapecheck.reading.sources import (
    Source,
    found_at,
    function_around,
    home_around,
    items_of,
    names_in,
    parents,
    statement_of,
    walk,
)

_COST = -0.35
OTHERS = "it was given to another call, with what belongs to it"
_MISSING = re.compile(r"missing 1 required positional argument: '(\w+)'")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``y, h = step(x, state=h)`` for ``y, h = step(x)``, where ``step`` gives its ``state`` back in that place."""
    operation = failed(evidence)
    said = _MISSING.search(evidence.crash.message) if evidence.crash is not None else None
    if operation is None or operation.span is None or said is None:
        return []
    name = said.group(1)
    source, node = found_at(operation.span)
    home = function_around(node) or (source.tree if source is not None else None)
    here = statement_of(node)
    if source is None or home is None or here is None or name in names_in(here):
        return []
    back = _given_back(source, home, here, node, name)
    change = with_keyword(operation.span, name, back) if back not in ("", name) else None
    return [Candidate(f"{name}={back}", (change,), (), _COST)] if change is not None else []


def _given_back(source: Source, home: ast.AST, here: ast.stmt, call: ast.AST | None, name: str) -> str:
    """The name, or the pair of names, that the call gives the new value of an argument, where it has one already.

    ``y, h = step(x)`` for ``def step(x, state): ... return y, state``: what comes back was given before.
    """
    target = here.targets[0] if isinstance(here, ast.Assign) and here.value is call else None
    if not isinstance(target, ast.Tuple) or not isinstance(call, ast.Call):
        return ""
    orders = names_returned(source, call.func, len(target.elts))
    order = next(iter(orders)) if len(orders) == 1 else ()
    if order.count(name) != 1:
        return ""
    kept = target.elts[order.index(name)]
    names = items_of(kept) if isinstance(kept, ast.Tuple) else [kept]
    stored = {each.id for each in _names_stored(home) if each.lineno < here.lineno}
    return ast.unparse(kept) if all(isinstance(each, ast.Name) and each.id in stored for each in names) else ""


def _names_stored(home: ast.AST) -> list[ast.Name]:
    return [each for each in walk(home) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]


def is_of_another_call(call: ast.Call, name: str) -> bool:
    """Whether the same is called with it elsewhere, of something else, and no loop gives it anew for this call."""
    if any(isinstance(up, ast.For) and name in names_in(up.target) for up in parents(call)):
        return False
    here = [ast.unparse(each) for each in call.args[:1]]
    calls = (each for each in walk(home_around(call)) if isinstance(each, ast.Call) and each is not call)
    same = (each for each in calls if ast.unparse(each.func) == ast.unparse(call.func))
    return any(
        name in names_in(*each.args, *(word.value for word in each.keywords))
        and [ast.unparse(part) for part in each.args[:1]] != here
        for each in same
    )
