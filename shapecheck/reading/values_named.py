"""What a script holds under the name of a parameter: a variable, or a setting that is kept in an object or a table."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.reading.assignments import values_given
from shapecheck.reading.sources import Source, known_at, last_name, walk


def value_named(source: Source, place: ast.AST, name: str) -> str:
    """The one expression that gives what a name says, at a place; nothing where there is none, or several."""
    known = known_at(place)
    if name in known:
        return name
    found = list(dict.fromkeys(_settings(source, name, known)))
    return found[0] if len(found) == 1 else ""


def _settings(source: Source, name: str, known: set[str]) -> Iterator[str]:
    for node in walk(source.tree):
        for target, value in values_given(node):
            if not isinstance(target, ast.Name) or target.id not in known or not isinstance(node, ast.Assign):
                continue
            yield from (f"{target.id}{each}" for each in _held_by(source, value, name))
        is_table = isinstance(node, ast.ClassDef) and node.name in known and _is_made_nowhere(source, node)
        if is_table and isinstance(node, ast.ClassDef) and name in _fields(node):
            yield f"{node.name}.{name}"


def _held_by(source: Source, value: ast.expr, name: str) -> Iterator[str]:
    """How a setting is asked of what a value makes: options that were parsed, a table, an object of settings."""
    if isinstance(value, ast.Dict):
        keys = [each.value for each in value.keys if isinstance(each, ast.Constant)]
        if name in keys:
            yield f'["{name}"]'
        return
    if not isinstance(value, ast.Call):
        return
    called = last_name(value.func)
    is_parsed = called == "parse_args" and any(name in _destinations(call) for call in source.calls("add_argument"))
    is_kept = called in ("SimpleNamespace", "Namespace", "dict") and any(each.arg == name for each in value.keywords)
    if is_parsed or (is_kept and called != "dict"):
        yield f".{name}"
    elif is_kept:
        yield f'["{name}"]'
    elif any(owner.name == called and name in _fields(owner) for owner in source.classes):
        yield f".{name}"


def _destinations(call: ast.Call) -> list[str]:
    texts = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return [each.lstrip("-").replace("-", "_") for each in texts]


def _fields(owner: ast.ClassDef) -> set[str]:
    """The fields of a class of settings, which has no methods."""
    if any(isinstance(each, ast.FunctionDef) for each in owner.body):
        return set()
    return {last_name(target) for line in owner.body for target in _targets(line)}


def _targets(line: ast.stmt) -> list[ast.expr]:
    if isinstance(line, ast.AnnAssign):
        return [line.target] if line.value is not None else []
    return line.targets if isinstance(line, ast.Assign) else []


def _is_made_nowhere(source: Source, owner: ast.ClassDef) -> bool:
    return next(source.calls(owner.name), None) is None
