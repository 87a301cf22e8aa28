"""Sizes that a script tells and nobody reads: a parameter, an attribute, an entry of the settings, a constant."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Evidence
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import values_given
from shapecheck.reading.definitions import called_as
from shapecheck.reading.edits import whole_number
from shapecheck.reading.origins import given_for
from shapecheck.reading.sizes.unread_numbers import unread_numbers
from shapecheck.reading.sizes.written_settings import settings_beside
from shapecheck.reading.sources import (
    Source,
    class_around,
    function_around,
    is_own,
    last_name,
    parameters,
    unread_parameters,
    walk,
)

# By these an entry may be read without its name.
_CALLS_WITH_ALL = ("vars", "asdict", "getattr", "items", "values", "keys", "locals")


def unread_in_place_of(evidence: Evidence, source: Source, node: ast.expr, have: int, want: int) -> tuple[str, ...]:
    """What could stand for a name, is as large as is wanted, and is read nowhere.

    Args:
        evidence: The problem.
        source: The file of the name.
        node: The name: ``width``, ``self.width``, ``config.width``, ``config["width"]``.
        have: How large it is.
        want: How large it is to be.
    """
    place, constants = source.span(node), _constants(source)
    if isinstance(node, ast.Name) and whole_number(constants.get(node.id)) == have:
        read = {each.id for each in walk(source.tree) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
        return tuple(name for name, value in constants.items() if name not in read and whole_number(value) == want)
    if _size(evidence, source, node) != have:
        # A function may be called with several sizes.
        return tuple(dict.fromkeys(_told_by_calls(evidence, source, node, have, want)))
    if isinstance(node, ast.Name):
        return tuple(name for name, value in unread_numbers(evidence, place) if value == want)
    found = _own(evidence, source, node, want) if is_own(node) else _entries(source, node, want)
    return tuple(dict.fromkeys(found))


def _told_by_calls(evidence: Evidence, source: Source, node: ast.expr, have: int, want: int) -> Iterator[str]:
    """Parameters that one of the calls tells what is wanted, and the name what it is."""
    function = function_around(node)
    if function is None or not isinstance(node, ast.Name) or node.id not in parameters(function):
        return
    for call in source.calls(called_as(function)):
        told = {name: given_for(call, function, name) for name in parameters(function)}
        sizes = {name: worked_out(evidence, source.span(each)) for name, each in told.items() if each is not None}
        if sizes.get(node.id) == have:
            yield from (name for name in sorted(unread_parameters(source.span(node))) if sizes.get(name) == want)


def _constants(source: Source) -> dict[str, ast.expr]:
    """What the file gives its names outside of functions, the last of each."""
    pairs = (pair for line in source.tree.body for pair in values_given(line))
    return {target.id: value for target, value in pairs if isinstance(target, ast.Name)}


def _own(evidence: Evidence, source: Source, node: ast.Attribute, size: int) -> Iterator[str]:
    """Attributes that the same class sets before, and nobody reads."""
    read = _read(source)
    for line in walk(class_around(node)):
        for target, value in values_given(line):
            is_unread = is_own(target) and target.attr not in read and value.lineno < node.lineno
            if is_unread and _size(evidence, source, value) == size:
                yield ast.unparse(target)


def _size(evidence: Evidence, source: Source, node: ast.expr) -> int | None:
    """What a name comes to, of an attribute what its class sets it to, of a parameter what all calls give for it."""
    found = worked_out(evidence, source.span(node))
    if type(found) is int:
        return found
    if is_own(node):
        pairs = [pair for line in walk(class_around(node)) for pair in values_given(line)]
        values = [value for target, value in pairs if is_own(target) and target.attr == node.attr]
        return _size(evidence, source, values[0]) if len(values) == 1 and not is_own(values[0]) else None
    function = function_around(node)
    if function is None or not isinstance(node, ast.Name) or node.id not in parameters(function):
        return None
    told = [given_for(call, function, node.id) for call in source.calls(called_as(function))]
    sizes = {worked_out(evidence, source.span(each)) if each is not None else None for each in told}
    return sizes.pop() if len(sizes) == 1 else None


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
    """All attributes and keys that the file reads."""
    found = set[str]()
    for node in walk(source.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            found.add(node.attr)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            found.add(str(node.slice.value))
    return found
