"""A table of an object that a method overwrites with what it picks of it: what is picked gets a name of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import own_names
from shapecheck.reading.edits import takes_all, whole_number
from shapecheck.reading.failing import failed
from shapecheck.reading.sources import (
    Source,
    class_around,
    function_around,
    home_of_crash,
    parameters,
    parents,
    walk,
)

_COST = 0.02
_PICKS = ("gather", "index_select", "take")
_READ = "it is read elsewhere too, where what was picked may be meant to be found"
_CUT = "what is cut may be meant to stay cut, and what comes to be as long"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``alpha = self.alpha[labels]`` for ``self.alpha = self.alpha[labels]``, and the name where it is read behind."""
    operation, frame = failed(evidence), evidence.user_frame
    source, function = home_of_crash(evidence)
    if operation is None or source is None or frame is None or function is None or function.name == "__init__":
        return []
    read = " ".join(item.expression for item in operation.arguments)
    return [
        each
        for line in function.body
        if isinstance(line, ast.Assign) and line.lineno <= frame.span.line
        for each in _apart(source, function, line, read)
    ]


def _apart(source: Source, function: ast.FunctionDef, line: ast.Assign, read: str) -> Iterator[Candidate]:
    target = line.targets[0]
    name = ast.unparse(target)
    if not isinstance(target, ast.Attribute) or name != f"self.{target.attr}" or name not in read:
        return
    picked = _picked_of(line.value, name)
    is_free = target.attr not in {*own_names(function), *parameters(function)}
    if picked is None or not is_free or not _is_made_elsewhere(function, target.attr):
        return
    behind = [
        each
        for each in walk(function)
        if isinstance(each, ast.Attribute) and ast.unparse(each) == name and each.lineno > line.lineno
    ]
    if any(isinstance(each.ctx, ast.Store) for each in behind):
        return
    changes = tuple(Change(source.span(each), target.attr) for each in (target, *behind))
    title = f"{target.attr} = {source.span(line.value).text}"
    doubt = _CUT if picked == "cut" else _READ if _is_read_elsewhere(function, target.attr) else ""
    yield Candidate(title, changes, (), _COST, doubt)


def _picked_of(node: ast.expr, name: str) -> str | None:
    """How an expression takes numbers of an attribute: ``"picked"`` one by one, or ``"cut"`` from the beginning."""
    how: str | None = None
    while isinstance(node, ast.Call | ast.Subscript):
        if isinstance(node, ast.Subscript):
            how, node = how or _by_index(node.slice), node.value
        elif isinstance(node.func, ast.Attribute):
            how, node = how or ("picked" if node.func.attr in _PICKS else None), node.func.value
        else:
            return None
    return how if ast.unparse(node) == name else None


def _by_index(index: ast.expr) -> str | None:
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    told = [each for each in parts if not takes_all(each)]
    if any(whole_number(each) is not None for each in told) or len(told) != 1:
        return None
    if isinstance(told[0], ast.Slice):
        return "cut" if told[0].lower is None and told[0].step is None else None
    return "picked" if isinstance(told[0], ast.Name | ast.Call | ast.Attribute) else None


def _is_read_elsewhere(function: ast.FunctionDef, attribute: str) -> bool:
    """Whether the attribute is read anywhere but in the method and in a constructor."""
    *_, file = parents(function)
    for each in walk(file):
        home = function_around(each)
        is_read = isinstance(each, ast.Attribute) and each.attr == attribute and isinstance(each.ctx, ast.Load)
        if is_read and home is not function and (home is None or home.name != "__init__"):
            return True
    return False


def _is_made_elsewhere(function: ast.FunctionDef, attribute: str) -> bool:
    """Whether another method gives the attribute its value, or registers it as a buffer."""
    for each in walk(class_around(function)):
        if any(up is function for up in parents(each)):
            continue
        if isinstance(each, ast.Attribute) and each.attr == attribute and isinstance(each.ctx, ast.Store):
            return True
        if isinstance(each, ast.Constant) and each.value == attribute:
            return True
    return False
