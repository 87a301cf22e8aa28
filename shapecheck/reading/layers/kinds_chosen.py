"""Layers whose kind is chosen elsewhere: by the key of a table of classes, by a condition, by what a call hands on."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import kind, maker
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import defaults_of, found_at, function_around, last_name, node_at, parents, walk


@dataclass(frozen=True, slots=True)
class OtherKind:
    """Another kind that could have been chosen.

    Args:
        name: The name of its class.
        place: What chooses: a key, or the class that a call hands on.
        text: What would choose this one.
    """

    name: str
    place: Span
    text: str


def is_chosen(evidence: Evidence, operation: Operation) -> bool:
    """Whether what calls the layer does not know its kind: it is told, or a condition decides."""
    made = maker(evidence, operation)
    node = expression(made.span.text) if made is not None else None
    if made is None or not isinstance(node, ast.Call):
        return False
    if last_name(node.func) != kind(operation):
        return True
    decisions = [up for up in parents(node_at(made.span)) if isinstance(up, ast.If | ast.IfExp | ast.Dict | ast.Match)]
    return any(_is_within(up, node_at(made.span)) for up in decisions)


def other_kinds(evidence: Evidence, operation: Operation) -> Iterator[OtherKind]:
    """The other kinds in the table by whose key it was chosen, or the one that is told where nothing is handed on."""
    made = maker(evidence, operation)
    node = expression(made.span.text) if made is not None else None
    if made is None or not isinstance(node, ast.Call):
        return
    if isinstance(node.func, ast.Subscript):
        yield from _of_table(evidence, piece(made.span, node.func.value), piece(made.span, node.func.slice))
    elif isinstance(node.func, ast.Name):
        told = piece(made.span, node.func)
        steps = trace(evidence, told)
        default = _default(told)
        if steps and default is not None and last_name(expression(steps[-1].span.text)) == kind(operation):
            yield OtherKind(last_name(default), steps[-1].span, ast.unparse(default))


def _of_table(evidence: Evidence, table: Span, key: Span) -> Iterator[OtherKind]:
    written = [key, *(each.span for each in trace(evidence, key))]
    place = next((each for each in reversed(written) if isinstance(expression(each.text), ast.Constant)), None)
    chosen = expression(place.text) if place is not None else None
    for each in (table, *(origin.span for origin in trace(evidence, table))):
        classes = expression(each.text)
        if isinstance(classes, ast.Dict) and isinstance(chosen, ast.Constant) and place is not None:
            for name, value in zip(classes.keys, classes.values, strict=True):
                if isinstance(name, ast.Constant) and name.value != chosen.value:
                    yield OtherKind(last_name(value), place, _quoted(name, place.text))


def _quoted(key: ast.Constant, like: str) -> str:
    """A key as it is written, in the quotes of another."""
    text = ast.unparse(key)
    is_plain = text[0] in "'\"" and like[0] in "'\"" and like[0] not in text[1:-1]
    return f"{like[0]}{text[1:-1]}{like[0]}" if is_plain else text


def _default(told: Span) -> ast.expr | None:
    """The default of the parameter that a name is."""
    _, node = found_at(told)
    home = function_around(node)
    if home is None:
        return None
    return dict(defaults_of(home.args)).get(told.text)


def _is_within(decision: ast.AST, node: ast.AST | None) -> bool:
    """Whether a decision chooses between layers that normalise."""
    return node is not None and any(
        isinstance(each, ast.Call) and each is not node and "Norm" in last_name(each.func) for each in walk(decision)
    )
