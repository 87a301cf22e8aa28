"""A packed sequence that a function was handed: unpacked where its caller got it, as the script does elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import call_of, line_after, piece
from shapecheck.reading.sources import Source, function_around, last_name, source_of, statement_of, trace, user_sources


def unpacked_by_caller(evidence: Evidence, item: Argument, plain: str) -> Iterator[Candidate]:
    """A line behind the call that gave the packed sequence.

    Args:
        evidence: The problem.
        item: The packed sequence, a parameter where it is used.
        plain: How it is unpacked where no other place of the script shows it.
    """
    for origin in trace(evidence, item.span, parts=True) if item.span is not None else ():
        source = source_of(origin.span.file)
        node = source.node_at(origin.span) if source is not None else None
        statement = statement_of(node) if node is not None else None
        if source is None or not isinstance(statement, ast.Assign) or origin.expression not in _names(statement):
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
        source = source_of(place.file)
        node = source.node_at(place) if source is not None else None
        function = function_around(node) if node is not None else None
        for each in ast.walk(function or source.tree) if source is not None and isinstance(node, ast.Name) else ():
            target = each.targets[0] if isinstance(each, ast.Assign) and each.lineno < place.line else None
            padded = target.elts[0] if isinstance(target, ast.Tuple) and target.elts else None
            made = each.value if isinstance(each, ast.Assign) else None
            is_unpacked = isinstance(made, ast.Call) and last_name(made.func) == "pad_packed_sequence" and made.args
            if isinstance(padded, ast.Name) and is_unpacked and ast.unparse(made.args[0]) == place.text != padded.id:  # type: ignore[union-attr]
                yield Candidate(f"{place.text} -> {padded.id}", (Change(place, padded.id),), (), -0.1)
                return


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
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and node.lineno < name.lineno and name.id in _names(node)
    ]
    value = max(made, key=lambda node: node.lineno).value if made else None
    return bool(callee) and isinstance(value, ast.Call) and last_name(value.func) == callee


def _names(statement: ast.Assign) -> set[str]:
    return {node.id for target in statement.targets for node in ast.walk(target) if isinstance(node, ast.Name)}


def _of(shown: ast.AST, name: str) -> str:
    """The call that unpacks, with another name in it."""
    call = shown.value if isinstance(shown, ast.Expr) else shown
    if not isinstance(call, ast.Call):
        return ast.unparse(shown)
    given = [name, *(ast.unparse(each) for each in call.args[1:])]
    given += [f"{each.arg}={ast.unparse(each.value)}" for each in call.keywords if each.arg]
    return f"{ast.unparse(call.func)}({', '.join(given)})"
