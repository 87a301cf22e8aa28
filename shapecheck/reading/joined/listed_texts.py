"""The list of texts that a tensor was to be made of, and what the script puts into it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import failed, says
from shapecheck.reading.joined.joined_lists import appends
from shapecheck.reading.sources import Source, found_at, home_around, is_named, last_name, walk

TEXTS_LISTED = r"too many dimensions 'str'"
_LISTS = ast.ListComp | ast.GeneratorExp


@dataclass(frozen=True, slots=True)
class Put:
    """What is put into a list, or into the place of a row of which all are then read.

    Args:
        source: The file.
        node: The expression.
        among: The name of the list that all of it goes into.
    """

    source: Source
    node: ast.expr
    among: str


def listed_texts(evidence: Evidence) -> Argument | None:
    """What torch was given in place of numbers; None where it refused something else."""
    operation = failed(evidence) if says(evidence, TEXTS_LISTED) else None
    return next(iter(operation.arguments), None) if operation is not None else None


def texts_put(item: Argument) -> list[Put]:
    """Every expression of the file that gives a text of the list, as far as they are found."""
    source, node = found_at(item.span)
    if source is None or node is None:
        return []
    if isinstance(node, _LISTS) and isinstance(node.generators[0].iter, ast.Name):
        # Each text of another list.
        is_same = ast.unparse(node.elt) == ast.unparse(node.generators[0].target)
        node = node.generators[0].iter if is_same else node
    if isinstance(node, ast.Name):
        made = _made(node)
        if isinstance(made, tuple):
            return list(_rows(source, *made))
        if made is None:
            calls = [each for each in walk(home_around(node)) if appends(each, node.id)]
            return [Put(source, each.args[0], node.id) for each in calls if isinstance(each, ast.Call) and each.args]
        node = made
    if not isinstance(node, _LISTS) or len(node.generators) != 1:
        return []
    loop = node.generators[0]
    if not isinstance(loop.target, ast.Tuple) or not isinstance(node.elt, ast.Name):
        return [Put(source, node.elt, "")]
    names = [each.id if isinstance(each, ast.Name) else "" for each in loop.target.elts]
    return list(_rows(source, names.index(node.elt.id), len(names))) if node.elt.id in names else []


def _made(name: ast.Name) -> ast.expr | tuple[int, int] | None:
    """What a name for a list was given: a list, or a place in rows of so many things, ``a, b = zip(*rows)``."""
    for line in walk(home_around(name)):
        if not isinstance(line, ast.Assign) or line.lineno >= name.lineno:
            continue
        target, value = line.targets[0], line.value
        if is_named(target, name.id) and isinstance(value, _LISTS):
            return value
        names = [ast.unparse(each) for each in target.elts] if isinstance(target, ast.Tuple) else []
        given = value.args if isinstance(value, ast.Call) and last_name(value.func) == "zip" else []
        if name.id in names and len(given) == 1 and isinstance(given[0], ast.Starred):
            return names.index(name.id), len(names)
    return None


def _rows(source: Source, at: int, count: int) -> Iterator[Put]:
    """What stands at one place of the rows of so many things that the file puts into lists, or samples consist of."""
    for each in walk(source.tree):
        row: ast.expr | None = None
        if isinstance(each, ast.Call) and last_name(each.func) in ("append", "appendleft") and len(each.args) == 1:
            row = each.args[0]
        elif isinstance(each, ast.Return) and getattr(home_around(each), "name", "") == "__getitem__":
            row = each.value
        if isinstance(row, ast.Tuple) and len(row.elts) == count:
            yield Put(source, row.elts[at], "")
