"""A name that is gone over as a list gets all parts that have no name: ``total, *parts = ...``."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TypeVar

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.givers import givers
from shapecheck.reading.sources import home_around, is_named, last_name, walk
from shapecheck.reading.taken_apart import TakenApart, taken_apart

_Part = TypeVar("_Part")
CAUSE = "parts_counted_otherwise"
_COST = -0.25
_ROWS = "it may be the rows of one of the parts that are gone over"
_JOINS = ("cat", "stack", "concat")
_LISTS = ("zip", "enumerate", "len", "sum", "list", "tuple", "cat", "stack", "concat", "map", "sorted", "reversed")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``total, *parts`` for ``total, parts``, where a loop goes over ``parts`` and more came than there are names."""
    taken = taken_apart(evidence) if says(evidence, r"too many values to unpack") else None
    if taken is None or taken.is_each or not isinstance(taken.line, ast.Assign) or not taken.is_plain:
        return []
    value = operand(failed(evidence, "unpack"), "value")
    given = givers(evidence, taken)
    if value is None or (value.value.kind not in ("tuple", "list") and not given):
        return []
    names = taken.target.elts
    listed = [at for at, each in enumerate(names) if isinstance(each, ast.Name) and _readers(taken, each)]
    if len(listed) != 1:
        return []
    at, name = listed[0], names[listed[0]]
    behind = len(names) - at - 1
    kinds = [each.kind for each in _rest(value.value.items, at, behind)]
    written = [each for one in given for each in _rest(one.parts, at, behind)]
    if {*kinds} & {"tuple", "list", "dict", "array", "text"} or any(map(_is_several, written)):
        return []
    are_numbers = {*kinds} == {"number"} or (bool(written) and all(map(_is_number, written)))
    is_sure = are_numbers or bool(_readers(taken, name) & {*_JOINS})
    text = f"*{ast.unparse(name)}"
    return [Candidate(text, (Change(taken.source.span(name), text),), (), _COST, "" if is_sure else _ROWS)]


def _rest(parts: Sequence[_Part], at: int, behind: int) -> Sequence[_Part]:
    """The parts from a place on, but for those that names behind it get."""
    return parts[at : len(parts) - behind]


def _is_several(node: ast.expr) -> bool:
    return isinstance(node, ast.Tuple | ast.List | ast.Dict | ast.ListComp | ast.DictComp)


def _is_number(node: ast.expr) -> bool:
    is_item = isinstance(node, ast.Call) and last_name(node.func) in ("item", "float", "int", "len")
    return is_item or isinstance(node, ast.Constant)


def _readers(taken: TakenApart, name: ast.expr) -> set[str]:
    """What stands below and goes over what a name holds, item by item."""
    found, home = set[str](), home_around(taken.target)
    for read in walk(home):
        if not is_named(read, ast.unparse(name)) or not isinstance(read.ctx, ast.Load):
            continue
        up = getattr(read, "parent", None)
        if read.lineno <= taken.line.lineno:  # type: ignore[union-attr]
            continue
        if isinstance(up, ast.For | ast.comprehension) and up.iter is read:
            found.add("for")
        if isinstance(up, ast.Starred):
            found.add("*")
        if isinstance(up, ast.Call) and read in up.args and last_name(up.func) in _LISTS:
            found.add(last_name(up.func))
    return found
