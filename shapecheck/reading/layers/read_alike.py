"""Layers that are told one width by the same name, of which one reads another tensor than its siblings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import is_number
from shapecheck.reading.failing import kind, maker
from shapecheck.reading.layers.layer_arguments import TAKEN, told_for
from shapecheck.reading.layers.layer_input import input_of
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import Source, begin_of, found_at, function_around, last_name, names_in, walk


@dataclass(frozen=True, slots=True)
class ReadAlike:
    """What the siblings of a layer read.

    Args:
        item: What the layer itself was given.
        name: What is read by those that are told the same.
        is_made_before: Whether the layer stands in front of the one that made what it was given.
    """

    item: Argument
    name: str
    is_made_before: bool


def read_alike(evidence: Evidence, operation: Operation | None) -> ReadAlike | None:
    """The one name that the siblings of a layer read, which what it was given itself was made of."""
    width = TAKEN.get(kind(operation)) if operation is not None else None
    item, origin = input_of(evidence, operation), maker(evidence, operation)
    if width is None or item is None or item.span is None or origin is None or not item.span.text.isidentifier():
        return None
    given = told_for(origin, width.name)
    source, call = found_at(origin.span)
    where, node = found_at(item.span)
    if given is None or is_number(given.text) or source is None or where is None or node is None:
        return None
    held, home = held_around(evidence, where, node), function_around(node)
    layers = dict(_made(call))
    siblings = {
        name
        for name, made in layers.items()
        if made is not call and last_name(made.func) in TAKEN and _told(source, made) == given.text
    }
    read = {each.args[0].id for each in walk(home) if _is_of(each, siblings)}  # type: ignore[attr-defined]
    fits = {
        name
        for name in read - {item.span.text}
        if sizes_of(held.get(name)) == _as_wide(sizes_of(item), width.axis, operation, width.name)
    }
    giver = _giver(home, item.span.text, fits)
    if len(fits) != 1 or giver is None:
        return None
    maker_of_it = layers.get(ast.unparse(giver.func))
    is_before = call is not None and maker_of_it is not None and begin_of(call) < begin_of(maker_of_it)
    return ReadAlike(item, fits.pop(), is_before)


def _made(call: ast.AST | None) -> Iterator[tuple[str, ast.Call]]:
    """The layers that are made in the same function, each by the name that it is given."""
    for line in walk(function_around(call)):
        for target, value in values_given(line):
            if isinstance(value, ast.Call):
                yield ast.unparse(target), value


def _told(source: Source, made: ast.Call) -> str:
    span = told_for(source.span(made), TAKEN[last_name(made.func)].name)
    return span.text if span is not None else ""


def _is_of(node: ast.AST, layers: set[str]) -> bool:
    is_call = isinstance(node, ast.Call) and len(node.args) == 1 and isinstance(node.args[0], ast.Name)
    return is_call and isinstance(node, ast.Call) and ast.unparse(node.func) in layers


def _as_wide(sizes: tuple[int, ...], axis: int, operation: Operation | None, name: str) -> tuple[int, ...]:
    want = operation.config.get(name) if operation is not None else None
    if type(want) is not int or len(sizes) < 2:
        return ()
    at = axis % len(sizes)
    return (*sizes[:at], want, *sizes[at + 1 :])


def _giver(home: ast.AST | None, name: str, fits: set[str]) -> ast.Call | None:
    """The call that made what the layer was given out of what the siblings read."""
    found = [
        value
        for line in walk(home)
        for target, value in values_given(line)
        if isinstance(target, ast.Name) and target.id == name
    ]
    (only,) = found if len(found) == 1 else (None,)
    return only if isinstance(only, ast.Call) and names_in(*only.args) & fits else None
