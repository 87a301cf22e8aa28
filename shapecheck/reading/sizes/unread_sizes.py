"""Sizes that a script tells and nobody reads: a parameter, an attribute, an entry of the settings, a constant."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Evidence
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import whole_number
from shapecheck.reading.sizes.unread_numbers import unread_numbers
from shapecheck.reading.sizes.written_settings import settings_beside
from shapecheck.reading.sources import Source, class_around, function_around, is_own, last_name, walk

# By these an entry may be read without its name.
_CALLS_WITH_ALL = ("vars", "asdict", "getattr", "items", "values", "keys", "locals")


def unread_in_place_of(evidence: Evidence, source: Source, node: ast.expr, size: int) -> Iterator[str]:
    """What could stand for a name, is as large as is wanted, and is read nowhere.

    Args:
        evidence: The problem.
        source: The file of the name.
        node: The name: ``width``, ``self.width``, ``config.width``, ``config["width"]``.
        size: What is wanted.
    """
    if isinstance(node, ast.Name):
        yield from (name for name, value in unread_numbers(evidence, source.span(node)) if value == size)
        yield from _constants(source, node, size)
    elif is_own(node):
        yield from _own(evidence, source, node, size)
    else:
        yield from _entries(source, node, size)


def _constants(source: Source, node: ast.Name, size: int) -> Iterator[str]:
    """Constants of the file, where the name is one itself."""
    told = {
        last_name(target): value
        for line in source.tree.body
        for target, value in values_given(line)
        if isinstance(target, ast.Name)
    }
    if node.id in told and function_around(told[node.id]) is None:
        read = _read(source)
        yield from (name for name, value in told.items() if name not in read and whole_number(value) == size)


def _own(evidence: Evidence, source: Source, node: ast.Attribute, size: int) -> Iterator[str]:
    """Attributes that the same class sets before, and nobody reads."""
    read = _read(source)
    for line in walk(class_around(node)):
        for target, value in values_given(line):
            is_unread = is_own(target) and target.attr not in read and value.lineno < node.lineno
            if is_unread and worked_out(evidence, source.span(value)) == size:
                yield ast.unparse(target)


def _entries(source: Source, node: ast.expr, size: int) -> Iterator[str]:
    """Entries of the settings of which one is read, that nobody reads."""
    calls = (last_name(each.func) for each in walk(source.tree) if isinstance(each, ast.Call))
    if any(name in _CALLS_WITH_ALL for name in calls):
        return
    read = _read(source)
    for text, value in settings_beside(source, node):
        name = text.rpartition(".")[2] if isinstance(node, ast.Attribute) else text.split('"')[-2]
        if name not in read and whole_number(value) == size:
            yield text


def _read(source: Source) -> set[str]:
    """All names, attributes and keys that the file reads."""
    found = set[str]()
    for node in walk(source.tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            found.add(last_name(node))
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            found.add(str(node.slice.value))
    return found
