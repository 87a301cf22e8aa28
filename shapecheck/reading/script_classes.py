"""The classes and functions of a script that an error speaks of, and what in a line is a class or a method itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Evidence
from shapecheck.reading.definitions import method_of
from shapecheck.reading.origins import kind_of
from shapecheck.reading.sources import Source, class_around, is_named, last_name, source_of, user_sources, walk


def class_named(evidence: Evidence, name: str) -> tuple[Source, ast.ClassDef] | None:
    """The class of this name in the user's files."""
    found = ((source, each) for source in user_sources(evidence) for each in source.classes if each.name == name)
    return next(found, None)


def failed_line(evidence: Evidence) -> tuple[Source, list[ast.AST]] | None:
    """The user's statement that failed, with all that stands in it but what is defined or repeated below it."""
    frame = evidence.user_frame
    source = source_of(frame.statement.file) if frame is not None else None
    if frame is None or source is None:
        return None
    begin, end = frame.statement.line, frame.statement.end_line
    nodes = [each for each in walk(source.tree) if begin <= getattr(each, "lineno", 0) <= end]
    return source, nodes


def not_called(nodes: list[ast.AST]) -> Iterator[ast.Attribute | ast.Name]:
    """The names and attributes that are read there, of which nothing is called or asked."""
    for each in nodes:
        up = getattr(each, "parent", None)
        is_used = isinstance(up, ast.Attribute) or (isinstance(up, ast.Call) and up.func is each)
        if isinstance(each, ast.Attribute | ast.Name) and isinstance(each.ctx, ast.Load) and not is_used:
            yield each


def called_of(evidence: Evidence, source: Source | None, node: ast.AST | None) -> tuple[Source, ast.FunctionDef] | None:
    """The function of the script that a call runs: of its name, or the forward of the class that a module is of."""
    if source is None or not isinstance(node, ast.Call):
        return None
    name = (
        kind_of(evidence, source.span(node.func)) or last_name(node.func) or last_name(getattr(node.func, "func", None))
    )
    for each in user_sources(evidence):
        plain = (one for one in each.functions if one.name == last_name(node.func) and _may_be_of(evidence, one, node))
        forward = (method_of(one, "forward") for one in each.classes if one.name == name)
        found = next((one for one in (*forward, *plain) if one is not None), None)
        if found is not None:
            return each, found
    return None


def _may_be_of(evidence: Evidence, function: ast.FunctionDef, call: ast.Call) -> bool:
    """Whether a call may run a function: a method is not called of what is known to be of another class."""
    owner, base = class_around(function), getattr(call.func, "value", None)
    if base is None or owner is None:
        return (base is None) == (owner is None)
    held = evidence.held.get(ast.unparse(base))
    return held is None or is_named(base, "self") or held.type == owner.name
