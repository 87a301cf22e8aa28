"""An early way out of a function that gives back other axes than its usual one: ``return x.new_zeros(n, m)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import only_value
from shapecheck.reading.failing import failed
from shapecheck.reading.sources import function_around, known_at, last_name, names_in, node_at, parents, source_of, walk
from shapecheck.reading.vocabulary import FILLED, MADE_NEW
from shapecheck.reading.ways_back import spans_behind

_FACTORIES = (*FILLED, "empty", *MADE_NEW)
_NEVER_SEEN = "no call went well that shows which of the two is right"
_CHANGED = "a size of the usual one is worked out behind the early one"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The sizes of the usual way out for the early one, where both give back what a factory makes of sizes."""
    operations = [each for each in (failed(evidence), evidence.operation) if each is not None and evidence.crash]
    found: dict[object, Candidate] = {}
    for item in (each for operation in operations for each in operation.arguments):
        for span in spans_behind(evidence, item.span):
            source, function = source_of(span.file), function_around(node_at(span))
            if source is None or function is None:
                continue
            for early, usual, doubt in _ways_out(function):
                text = source.span(usual).text
                change = Change(source.span(early), text)
                unseen = "" if evidence.earlier else _NEVER_SEEN
                found.setdefault(change, Candidate(text, (change,), (), 0.03, doubt or unseen))
    return list(found.values())


def _ways_out(function: ast.FunctionDef) -> Iterator[tuple[ast.Call, ast.Call, str]]:
    """Factories that are given back early, each with the one that is given back at the end, and a doubt of it."""
    outs = [
        each
        for each in walk(function)
        if isinstance(each, ast.Return) and function_around(each) is function and each.value is not None
    ]
    last = function.body[-1]
    usual = _factory(function, last.value) if isinstance(last, ast.Return) and last.value is not None else None
    for each in outs if usual is not None else ():
        early = _factory(function, each.value) if each is not last and each.value is not None else None
        is_branch = any(isinstance(up, ast.If) for up in parents(each) if function_around(up) is function)
        if early is None or usual is None or early is usual or not is_branch:
            continue
        is_alike = ast.unparse(early.func) == ast.unparse(usual.func) and len(early.args) != len(usual.args)
        if is_alike and _is_part(early, usual) and names_in(usual) <= known_at(each):
            yield early, usual, _CHANGED if _is_changed(function, usual, each) else ""


def _factory(function: ast.FunctionDef, value: ast.expr) -> ast.Call | None:
    """The factory that makes what is given back, under a name or not."""
    made = only_value(function, value.id) if isinstance(value, ast.Name) else value
    return made if isinstance(made, ast.Call) and last_name(made.func) in _FACTORIES else None


def _is_part(early: ast.Call, usual: ast.Call) -> bool:
    """Whether the sizes of one are among those of the other, in their order, and begin with the same."""
    few, many = [ast.unparse(each) for each in early.args], [ast.unparse(each) for each in usual.args]
    left = iter(many)
    return few[:1] == many[:1] and all(each in left for each in few)


def _is_changed(function: ast.FunctionDef, usual: ast.Call, early: ast.stmt) -> bool:
    """Whether something that the usual factory reads is stored behind the early way out and in front of it."""
    named = [each for each in walk(function) if isinstance(each, ast.Name | ast.Attribute)]
    stored = (each for each in named if not isinstance(each.ctx, ast.Load))
    behind = {ast.unparse(each) for each in stored if early.lineno < each.lineno <= usual.lineno}
    return any(isinstance(each, ast.expr) and ast.unparse(each) in behind for each in walk(usual))
