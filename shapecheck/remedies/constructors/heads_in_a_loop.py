"""Heads beside one another, of which a loop hands each what the one before gave: each with what the first one got."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.failing import failed, number, shape
from shapecheck.reading.sources import (
    found_at,
    function_around,
    is_named,
    known_at,
    names_in,
    parents,
    statement_of,
    walk,
)
from shapecheck.remedies.constructors.layers_in_turn import layers_made

HEADS = "the layers that the loop walks may stand beside one another, and each want what the first one got"
_IN_TURN = "the layers may be meant to stand one behind the other"
_NAMES = ("out", "score", "scores", "result", "head_out")


@dataclass(frozen=True, slots=True)
class _Heads:
    """A loop that collects what each layer gives, and nothing else reads.

    Args:
        renamed: The places of the name that the loop gives anew: what is assigned, and what is collected.
        call: The call of the layer.
        home: The function around the loop.
        is_inner: Whether the layer is a part of what the loop walks: that may hold on to its own width.
    """

    renamed: tuple[Span, ...]
    call: str
    home: ast.AST
    is_inner: bool


def candidates(evidence: Evidence) -> list[Candidate]:
    """``out = head(x)`` and ``outs.append(out)``, where ``x`` was both."""
    found = _heads(evidence)
    if found is None:
        return []
    name = next((each for each in _NAMES if each not in names_in(found.home) | known_at(found.home)), "")
    changes = tuple(Change(span, name) for span in found.renamed)
    doubt = _IN_TURN if found.is_inner or not _are_alike(evidence) else ""
    return [Candidate(f"{name} = {found.call}", changes, (), 0.0, doubt)] if name else []


def doubt_of_heads(evidence: Evidence) -> str:
    """What stands against another width for the layer: that the loop before it has spoiled its input."""
    return HEADS if _heads(evidence) is not None else ""


def _heads(evidence: Evidence) -> _Heads | None:
    operation, outer = failed(evidence, "Linear"), evidence.operation
    sizes = shape(operation, "input")
    source, call = found_at(outer.span) if outer is not None else (None, None)
    statement = statement_of(call)
    if operation is None or source is None or not sizes or not isinstance(call, ast.Call):
        return None
    if not isinstance(statement, ast.Assign) or statement.value is not call or len(statement.targets) != 1:
        return None
    if evidence.inner is None and sizes[-1] != number(operation, "out_features"):
        # What came is none of what the head before gave.
        return None
    target, loop = statement.targets[0], next(parents(statement))
    is_same = isinstance(target, ast.Name) and len(call.args) == 1 and ast.unparse(call.args[0]) == target.id
    if not isinstance(target, ast.Name) or not is_same or call.keywords or not isinstance(loop, ast.For):
        return None
    if not names_in(call.func) & names_in(loop.target):
        return None
    collected = list(_collected(loop, target.id))
    home = function_around(loop) or source.tree
    if len(collected) != 1 or _is_read_else(home, loop, target.id, (call.args[0], collected[0])):
        return None
    return _Heads(
        (source.span(target), source.span(collected[0])), source.span(call).text, home, evidence.inner is not None
    )


def _collected(loop: ast.For, name: str) -> Iterator[ast.Name]:
    """The name where a line of the loop puts its value, as it is, into a list or at an index."""
    for line in loop.body:
        given: ast.expr | None = None
        if isinstance(line, ast.Expr) and isinstance(line.value, ast.Call) and len(line.value.args) == 1:
            is_put = isinstance(line.value.func, ast.Attribute) and line.value.func.attr == "append"
            given = line.value.args[0] if is_put else None
        elif isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Subscript):
            given = line.value
        if is_named(given, name):
            yield given


def _is_read_else(home: ast.AST, loop: ast.For, name: str, known: tuple[ast.expr, ...]) -> bool:
    """Whether anything from the loop on reads the name but these two places."""
    reads = (each for each in walk(home) if is_named(each, name) and each not in known)
    return any(isinstance(each.ctx, ast.Load) and each.lineno >= loop.lineno for each in reads)


def _are_alike(evidence: Evidence) -> bool:
    """Whether one call makes all the layers with the same numbers, so that no two of them fit in a row."""
    operation = failed(evidence, "Linear")
    made = list(layers_made(evidence, operation)) if operation is not None else []
    return bool(made) and all(not names_in(each.taken, each.given) & names_in(each.loop.target) for each in made)
