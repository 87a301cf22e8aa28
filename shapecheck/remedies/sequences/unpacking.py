"""A packed sequence that a function was handed: unpacked where its caller got it, as the script does elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import call_of, line_after, piece
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import (
    Source,
    found_at,
    function_around,
    last_name,
    names_in,
    statement_of,
    user_sources,
    walk,
)


def unpacked_by_caller(evidence: Evidence, item: Argument, plain: str) -> Iterator[Candidate]:
    """A line behind the call that gave the packed sequence.

    Args:
        evidence: The problem.
        item: The packed sequence, a parameter where it is used.
        plain: How it is unpacked where no other place of the script shows it.
    """
    for origin in trace(evidence, item.span, parts=True):
        source, node = found_at(origin.span)
        statement = statement_of(node)
        if (
            source is None
            or not isinstance(statement, ast.Assign)
            or origin.expression not in names_in(*statement.targets)
        ):
            continue
        shown = next(_shown(evidence, node), None) if isinstance(node, ast.Call) else None
        name = origin.expression
        # Without an example the caller is as good a place as the function itself, and no better.
        call, cost = (_of(shown, name), -0.05) if shown is not None else (_of(ast.parse(plain).body[0], name), 0.28)
        text = f"{name}, _ = {call}"
        yield Candidate(text, (line_after(source.span(statement), text),), (), cost)
        return


def unpacked_already(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    """What the script has unpacked a line before, in place of the packed sequence that it hands on, or reads.

    Args:
        evidence: The problem.
        item: The packed sequence where it is used.
    """
    places = [item.span] if item.span is not None else []
    for frame in reversed([each for each in evidence.frames if each.is_user]):
        call = call_of(frame.span)
        given = [*call.args, *(each.value for each in call.keywords)] if call is not None else []
        names = (each.id for each in given if isinstance(each, ast.Name) and each.id in frame.names)
        packed = {name for name in names if frame.names[name].kind == "packed"}
        places += [piece(frame.span, each) for each in given if isinstance(each, ast.Name) and each.id in packed]
    for place in dict.fromkeys(places):
        source, node = found_at(place)
        if source is None or not isinstance(node, ast.Name):
            continue
        home = function_around(node) or source.tree
        for each in walk(home):
            padded = _unpacked_name(each, place.text) if isinstance(each, ast.Assign) else ""
            if not isinstance(each, ast.Assign) or padded in ("", place.text) or each.lineno >= place.line:
                continue
            if not _is_bound_between(home, {padded, place.text}, each.lineno, place.line):
                yield Candidate(f"{place.text} -> {padded}", (Change(place, padded),), (), -0.1)
                return


def _unpacked_name(statement: ast.Assign, packed: str) -> str:
    """What ``rows, lengths = pad_packed_sequence(packed)`` calls the rows; empty where it is another statement."""
    target, made = statement.targets[0], statement.value
    if not isinstance(target, ast.Tuple) or not isinstance(made, ast.Call) or not made.args:
        return ""
    is_unpacking = last_name(made.func) == "pad_packed_sequence" and ast.unparse(made.args[0]) == packed
    return target.elts[0].id if is_unpacking and isinstance(target.elts[0], ast.Name) else ""


def _is_bound_between(home: ast.AST, names: set[str], after: int, before: int) -> bool:
    """Whether one of the names is given something else between two lines."""
    bound = [node for node in walk(home) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return any(node.id in names and after < node.lineno <= before for node in bound)


def _shown(evidence: Evidence, made: ast.Call) -> Iterator[ast.Call]:
    """Calls that unpack what another call of the same function or layer gave."""
    for source in user_sources(evidence):
        for call in source.calls("pad_packed_sequence"):
            given = call.args[0] if call.args else None
            if isinstance(given, ast.Name) and _came_from(source, given, last_name(made.func)):
                yield call


def _came_from(source: Source, name: ast.Name, callee: str) -> bool:
    """Whether the function around a name assigned it from a call of this name, last of all."""
    function = function_around(name) or source.tree
    made = [
        node
        for node in walk(function)
        if isinstance(node, ast.Assign) and node.lineno < name.lineno and name.id in names_in(*node.targets)
    ]
    value = max(made, key=lambda node: node.lineno).value if made else None
    return bool(callee) and isinstance(value, ast.Call) and last_name(value.func) == callee


def _of(shown: ast.AST, name: str) -> str:
    """The call that unpacks, with another name in it."""
    call = shown.value if isinstance(shown, ast.Expr) else shown
    if not isinstance(call, ast.Call):
        return ast.unparse(shown)
    given = [name, *(ast.unparse(each) for each in call.args[1:])]
    given += [f"{each.arg}={ast.unparse(each.value)}" for each in call.keywords if each.arg]
    return f"{ast.unparse(call.func)}({', '.join(given)})"
