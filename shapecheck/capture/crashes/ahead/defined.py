"""What a definition works out when it is made: defaults, decorators, the body of a class; and what stays as it says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from shapecheck.reading.sources import names_in, parents, walk

_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
_PLAIN = (int, float, str, tuple, dict, type(None))


def at_definition(line: ast.AST) -> Iterator[ast.AST]:
    """What is worked out where a function or a class is defined; nothing of what a call of it does."""
    if isinstance(line, _FUNCTIONS):
        yield from (*line.decorator_list, *line.args.defaults, *(each for each in line.args.kw_defaults if each))
    elif isinstance(line, ast.ClassDef):
        yield from (*line.decorator_list, *line.bases, *(each.value for each in line.keywords))
        for each in line.body:
            yield from at_definition(each) if isinstance(each, _FUNCTIONS | ast.ClassDef) else (each,)


def is_alone(line: ast.stmt, name: str) -> bool:
    """Whether a class of the file gets a name by one statement, and nothing else in its body reads it.

    Nor is there another class of this name in the file.
    """
    owner = next(parents(line), None)
    if not isinstance(owner, ast.ClassDef) or not isinstance(getattr(owner, "parent", None), ast.Module):
        return False
    *_, file = parents(line)
    alike = [each for each in walk(file) if isinstance(each, ast.ClassDef) and each.name == owner.name]
    return len(alike) == 1 and [each.ctx.__class__ for each in _names(at_definition(owner), name)] == [ast.Store]


def is_settled(node: ast.AST | None) -> bool:
    """Whether the names in a part of a definition stand for what they do in the file, from the first to the last."""
    names = names_in(node) if node is not None else set()
    if not names:
        return True
    scopes = [each for each in parents(node) if isinstance(each, _FUNCTIONS | ast.ClassDef)]
    # A default belongs to the scope that its function stands in.
    if isinstance(node, ast.expr) and scopes and isinstance(scopes[0], _FUNCTIONS):
        scopes = scopes[1:]
    inside = (name for each in scopes for name in _names(at_definition(each)))
    if any(isinstance(each, _FUNCTIONS) for each in scopes) or any(_is_stored(each, names) for each in inside):
        return False
    *_, file = parents(node)
    stored = [each.id for each in walk(file) if isinstance(each, ast.Name) and _is_stored(each, names)]
    return len(stored) == len(set(stored))


def is_still(ready: Any, told: Any) -> bool:
    """Whether a value that stands ready is what the text tells, which reads a list as a tuple."""
    ready = tuple(ready) if type(ready) is list else ready
    return type(ready) is type(told) and isinstance(ready, _PLAIN) and bool(ready == told)


def _names(parts: Iterator[ast.AST], name: str = "") -> Iterator[ast.Name]:
    for each in (each for part in parts for each in walk(part)):
        if isinstance(each, ast.Name) and name in (each.id, ""):
            yield each


def _is_stored(each: ast.Name, names: set[str]) -> bool:
    return not isinstance(each.ctx, ast.Load) and each.id in names
