"""A graph that was used up, where what keeps a state has a method that begins it anew, and nobody calls it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import place_before
from shapecheck.reading.failing import failed, says
from shapecheck.reading.going_back import GoingBack, going_back
from shapecheck.reading.sources import Source, class_around, function_around, is_own, last_name, walk
from shapecheck.reading.vocabulary import MADE_LIKE, MADE_NEW, MADE_OF_SIZES

CAUSE = "state_not_detached"
_COST = 0.1
_BLANK = frozenset([*MADE_OF_SIZES, *MADE_NEW, *MADE_LIKE])


def candidates(evidence: Evidence) -> list[Candidate]:
    """The method, called in front of the model in each round: of the model itself, or of those of its parts."""
    found = going_back(evidence)
    if found is None or failed(evidence, "backward") is None or not says(evidence, r"second time"):
        return []
    return [item for owner, method in _unused(found.source) for item in _called(found, owner, method)]


def _unused(source: Source) -> Iterator[tuple[ast.ClassDef, ast.FunctionDef]]:
    """The methods that give a state no past, and are called by the constructor of their class at most."""
    for owner in (each for each in source.classes if any(source.calls(each.name))):
        methods = [each for each in owner.body if isinstance(each, ast.FunctionDef)]
        for method in methods:
            calls = (call for call in source.calls(method.name) if not _is_of_another(call, owner))
            others = [each for each in methods if each not in (method, _constructor(methods))]
            is_idle = all(function_around(call) is _constructor(methods) for call in calls)
            begun = [*_stored(method, is_blank=True)] if method is not _constructor(methods) and is_idle else []
            carried = {name for other in others for name in _carried(other)}
            # What it does beside that is not known to be wanted in each round.
            if begun and len(begun) == len(method.body) and {*begun} <= carried and len(method.args.args) == 1:
                yield owner, method


def _is_of_another(call: ast.Call, owner: ast.ClassDef) -> bool:
    """Whether an object of another class calls a method of its own."""
    return is_own(call.func) and class_around(call) is not owner


def _constructor(methods: list[ast.FunctionDef]) -> ast.FunctionDef | None:
    return next((each for each in methods if each.name == "__init__"), None)


def _stored(method: ast.FunctionDef, *, is_blank: bool) -> Iterator[str]:
    """The attributes that a method gives a value: one that was made of nothing before, or any."""
    for each in walk(method):
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Attribute):
            value = each.value
            is_none = isinstance(value, ast.Constant) and value.value is None
            is_made = isinstance(value, ast.Call) and last_name(value.func) in _BLANK
            if is_none or is_made or not is_blank:
                yield ast.unparse(each.targets[0])


def _carried(method: ast.FunctionDef) -> set[str]:
    """The attributes that a method reads and gives another value."""
    loaded = {ast.unparse(each) for each in walk(method) if isinstance(each, ast.Attribute) and _is_read(each)}
    return loaded & {*_stored(method, is_blank=False)}


def _is_read(node: ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Load)


def _class_of(source: Source, text: str) -> str:
    """The class of the script, or the chain of layers, by which a model was made that is called by a name."""
    known = {"Sequential", *(each.name for each in source.classes)}
    made = (each for each in walk(source.tree) if isinstance(each, ast.Assign) and isinstance(each.value, ast.Call))
    for each in made:
        assert isinstance(each.value, ast.Call)
        if ast.unparse(each.targets[0]) == text and last_name(each.value.func) in known:
            return last_name(each.value.func)
    return ""


def _called(found: GoingBack, owner: ast.ClassDef, method: ast.FunctionDef) -> Iterator[Candidate]:
    """In front of the first statement of the round in which a model is called."""
    for call in walk(found.rounds):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name | ast.Attribute):
            continue
        # A loop inside the round goes through the steps for which the state is kept.
        text, line = ast.unparse(call.func), next((each for each in found.rounds.body if call in walk(each)), None)
        made_by = _class_of(found.source, text)
        if line is None or not made_by or call.lineno > found.call.lineno:
            continue
        first = found.source.span(line)
        space = " " * first.column
        one = f"{text}.{method.name}()"
        each = (
            f"for each in {text}.modules():\n{space}    if isinstance(each, {owner.name}):\n"
            f"{space}        each.{method.name}()"
        )
        is_whole = made_by == owner.name
        change = Change(place_before(first), f"{one if is_whole else each}\n{space}")
        yield Candidate(one if is_whole else f"{owner.name}.{method.name}()", (change,), (), _COST)
        return
