"""Names that are read below a line and are given a value nowhere: what the line got besides is what they were for."""

from __future__ import annotations

import ast
import builtins

from shapecheck.evidence import Evidence, Value
from shapecheck.reading.definitions import names_returned
from shapecheck.reading.edits import whole_number
from shapecheck.reading.sources import (
    Source,
    begin_of,
    every_parameter,
    function_around,
    home_around,
    imported,
    is_named,
    parents,
    walk,
)

_CELLS = ("c", "cn", "c_n", "cx", "cell", "cells")
_DEFINED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def names_with_missing(evidence: Evidence, source: Source, assigned: ast.Assign, items: tuple[Value, ...]) -> str:
    """The names to unpack into, where some are missing: ``out, (h, _)`` for ``out``; nothing where none is.

    Args:
        evidence: The problem.
        source: The file.
        assigned: ``out = rnn(x)``.
        items: What the call gave.
    """
    target, names = assigned.targets[0], missing_names(evidence, source, assigned)
    if not isinstance(target, ast.Name) or not names or not isinstance(assigned.value, ast.Call):
        return ""
    orders = names_returned(source, assigned.value.func, len(items))
    order = next(iter(orders)) if len(orders) == 1 else ()
    if len(items) > 2:
        # Of more than two, those that are returned say by their names which of them it is.
        places = [[at for at, name in enumerate(order) if name == each] for each in names]
        found = dict(zip((each[0] for each in places if len(each) == 1), names, strict=False))
        if len(found) != len(names) or 0 in found:
            return ""
        return ", ".join([target.id, *(found.get(at, "_") for at in range(1, len(items)))])
    if items[1].kind != "tuple" or len(items[1].items) != 2:
        return f"{target.id}, {names[0]}" if len(names) == 1 else ""
    if len(names) == 2:
        first, second = sorted(names, key=lambda name: name.lower() in _CELLS)
        return f"{target.id}, ({first}, {second})"
    if len(names) != 1:
        return ""
    is_part = _is_read_as_tensor(source, assigned, names[0])
    part = f"(_, {names[0]})" if names[0].lower() in _CELLS else f"({names[0]}, _)"
    return f"{target.id}, {part if is_part else names[0]}"


def missing_names(evidence: Evidence, source: Source, assigned: ast.stmt, target: ast.expr | None = None) -> list[str]:
    """The names that a function reads below a line and that have a meaning nowhere, in the order of reading.

    Args:
        evidence: The problem.
        source: The file.
        assigned: The line.
        target: The names that a loop sets: what stands in the loop is below them.
    """
    home = home_around(assigned) or source.tree
    bound = set(dir(builtins)) | imported(source.tree)
    if "*" in bound:
        # Nobody knows which names came with it.
        return []
    for each in walk(source.tree):
        if isinstance(each, _DEFINED | ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
            bound.add(each.name or "")
        if isinstance(each, ast.Global | ast.Nonlocal):
            bound.update(each.names)
        if isinstance(each, _DEFINED) and not isinstance(each, ast.ClassDef):
            around = function_around(assigned)
            bound |= {*every_parameter(each)} if each is around or around in walk(each) else set()
    names = [each for each in _own(home) if isinstance(each, ast.Name)]
    reads = [each for each in names if isinstance(each.ctx, ast.Load)]
    bound |= _bound_beyond(evidence, source, home)
    first = {each.id: min(one.lineno for one in reads if one.id == each.id) for each in reads}
    stores = (each for each in names if not isinstance(each.ctx, ast.Load))
    last = target if target is not None else assigned
    end = last.end_lineno or last.lineno
    bound |= {each.id for each in stores if each.lineno <= max(end, first.get(each.id, 0)) or _is_in_rounds(each)}
    below = sorted((each for each in reads if each.lineno > end), key=begin_of)
    return list(dict.fromkeys(each.id for each in below if each.id not in bound and each.id[:2] != "__"))


def _bound_beyond(evidence: Evidence, source: Source, home: ast.AST) -> set[str]:
    """The names given around a function; those of the file only above the line that it has come to."""
    run = next((each.span for each in evidence.user_frames if each.span.file == source.file), None)
    node = source.node_at(run) if run is not None else None
    is_reached = home is not source.tree and isinstance(home_around(node), ast.Module)
    line = run.line if run is not None and is_reached else None
    return {
        each.id
        for scope in _beyond(source, home)
        if scope is not home
        for each in _own(scope)
        if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)
        if line is None or scope is not source.tree or each.lineno < line
    }


def _is_in_rounds(name: ast.Name) -> bool:
    """Whether a name gets its value where its place in the file does not tell when: in a loop, in an expression."""
    return any(
        isinstance(up, ast.For | ast.AsyncFor | ast.While | ast.comprehension | ast.NamedExpr) for up in parents(name)
    )


def _beyond(source: Source, home: ast.AST) -> list[ast.AST]:
    """The functions around a function, and the file."""
    found: list[ast.AST] = []
    while (function := function_around(home)) is not None:
        found.append(function)
        home = function
    return [*found, source.tree]


def _own(home: ast.AST) -> list[ast.AST]:
    """What stands in a function, or in the file, and in none of the functions and classes that are defined in it."""
    found: list[ast.AST] = []
    for each in ast.iter_child_nodes(home):
        if isinstance(each, _DEFINED | ast.Lambda | ast.arguments):
            continue
        found += [each, *_own(each)]
    return found


def _is_read_as_tensor(source: Source, assigned: ast.Assign, name: str) -> bool:
    """Whether a name is read for a tensor, not for the pair of an LSTM: ``h[-1]``, ``h.squeeze(0)``."""
    for each in _own(home_around(assigned) or source.tree):
        up = getattr(each, "parent", None)
        if is_named(each, name):
            if isinstance(up, ast.Attribute):
                return True
            if isinstance(up, ast.Subscript) and up.value is each and whole_number(up.slice) not in (0, 1):
                return True
    return False
