"""A data set that leaves a setting to its default which another one of its class is given: ``transform=steps``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import values_given
from shapecheck.reading.definitions import constructors, parameters_given
from shapecheck.reading.edits import with_keyword
from shapecheck.reading.sources import (
    Source,
    known_at,
    names_in,
    node_at,
    parents,
    source_of,
    walk,
)

_COST = 0.02
_SEVERAL = "the others of its class are given different ones"
_UNLIKE = "the other one of its class is not given what this one is"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The setting for the set whose samples a layer refuses, where the loop that failed walks over its loader."""
    if evidence.violation is None:
        return []
    return [
        candidate
        for frame in evidence.user_frames
        if (source := source_of(frame.span.file)) is not None
        for call in _sets_walked(source, node_at(frame.span))
        for candidate in _as_siblings(source, call)
    ]


def _sets_walked(source: Source, node: ast.AST | None) -> Iterator[ast.Call]:
    """The calls that made the data sets over whose loaders the loops around a line walk."""
    for loop in parents(node):
        if isinstance(loop, ast.For):
            loader = _made(source, loop.iter)
            data = _made(source, loader.args[0]) if loader is not None and loader.args else None
            if data is not None:
                yield data


def _made(source: Source, node: ast.expr) -> ast.Call | None:
    """The one call that a name is given, in the file."""
    given = (pair for line in walk(source.tree) for pair in values_given(line))
    values = [value for target, value in given if isinstance(target, ast.Name) and ast.unparse(node) == target.id]
    return values[0] if len(values) == 1 and isinstance(values[0], ast.Call) else None


def _as_siblings(source: Source, call: ast.Call) -> Iterator[Candidate]:
    name, own = ast.unparse(call.func), {each.arg for each in call.keywords}
    classes = {each.name for each in source.classes}
    placed = [told for each in constructors(source, name) for told in parameters_given(each)[: len(call.args)]]
    siblings = [each for each in source.calls(name) if each is not call] if name in classes else []
    given = [each for sibling in siblings for each in sibling.keywords if each.arg and each.arg not in (*own, *placed)]
    is_alike = any(own < {each.arg for each in sibling.keywords} for sibling in siblings)
    for setting in dict.fromkeys(each.arg for each in given if each.arg):
        texts = list(dict.fromkeys(ast.unparse(each.value) for each in given if each.arg == setting))
        if not names_in(ast.parse(texts[0])) <= known_at(call):
            continue
        change = with_keyword(source.span(call), setting, texts[0])
        if change is not None:
            doubt = _SEVERAL if len(texts) > 1 else "" if is_alike else _UNLIKE
            yield Candidate(f"{setting}={texts[0]}", (change,), (), _COST, doubt)
