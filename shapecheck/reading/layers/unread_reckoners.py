"""A function of the script that works out how many steps are left, and that nobody calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.origins import kind_of
from shapecheck.reading.reckoning import CannotReckonError, Reckoner
from shapecheck.reading.sources import Source, class_around, function_of_line, last_name, source_of, user_sources, walk


def unread_reckoners(evidence: Evidence, place: Span, longest: int, steps: int) -> Iterator[str]:
    """How to call, at a place, the functions that make the steps that there are of the longest length.

    Args:
        evidence: The problem.
        place: Where the call will stand.
        longest: The longest length.
        steps: How many steps there are.
    """
    for source in user_sources(evidence):
        for function in source.functions:
            if _takes_one(function) and not _is_read(source, function):
                try:
                    result = Reckoner(evidence).called(source, function, [longest])
                except (CannotReckonError, TypeError, ValueError, ArithmeticError, LookupError):
                    continue
                if result == steps:
                    yield from _written(evidence, function, place)


def _takes_one(function: ast.FunctionDef) -> bool:
    given = function.args
    names = [each.arg for each in (*given.posonlyargs, *given.args)]
    needed = [name for name in names[: len(names) - len(given.defaults)] if name not in ("self", "cls")]
    return len(needed) == 1 and not given.vararg and not given.kwarg


def _is_read(source: Source, function: ast.FunctionDef) -> bool:
    """Whether anything in the file speaks of a function."""
    return any(
        isinstance(each, ast.Name | ast.Attribute) and last_name(each) == function.name for each in walk(source.tree)
    )


def _written(evidence: Evidence, function: ast.FunctionDef, place: Span) -> Iterator[str]:
    owner = class_around(function)
    if owner is None:
        yield function.name
        return
    here = source_of(place.file)
    home = function_of_line(here, place.line) if here is not None else None
    if home is not None and class_around(home) is owner:
        yield f"self.{function.name}"
        return
    for text in _holders(evidence, here, home, place, owner) if here is not None else ():
        yield f"{text}.{function.name}"
        return


def _holders(
    evidence: Evidence, source: Source, home: ast.FunctionDef | None, place: Span, owner: ast.ClassDef
) -> Iterator[str]:
    """What holds an object of a class in the function around a place: ``net``, ``self.model``, ``net.front``."""
    tried: set[str] = set()
    for call in walk(home or source.tree):
        if not isinstance(call, ast.Call) or call.lineno > place.line:
            continue
        text = ast.unparse(call.func)
        if text in tried or not isinstance(call.func, ast.Name | ast.Attribute):
            continue
        tried.add(text)
        kind = kind_of(evidence, source.span(call.func))
        if kind == owner.name:
            yield text
        for part in _parts_of(source, kind):
            if part[1] == owner.name:
                yield f"{text}.{part[0]}"


def _parts_of(source: Source, kind: str) -> Iterator[tuple[str, str]]:
    """The attributes that an object of a class keeps what it makes by, each with the class of that."""
    for owner in walk(source.tree):
        if isinstance(owner, ast.ClassDef) and owner.name == kind:
            for each in walk(owner):
                target = each.targets[0] if isinstance(each, ast.Assign) else None
                if (
                    isinstance(each, ast.Assign)
                    and isinstance(target, ast.Attribute)
                    and isinstance(each.value, ast.Call)
                ):
                    yield target.attr, last_name(each.value.func)
