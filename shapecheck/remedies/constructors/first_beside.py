"""Layers of which only those beside them take another width in the first round: ``size if i == 0 else hidden``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.failing import failed, kind, number, shape
from shapecheck.reading.layers.layer_arguments import KEPT, TAKEN
from shapecheck.reading.sources import (
    Source,
    class_around,
    last_name,
    names_in,
    node_at,
    parents,
    statement_of,
    user_sources,
    walk,
)

_COST = -0.02
_BEHIND = "what the layer beside it gives may be what it was to be given"
_COMPREHENSIONS = ast.ListComp | ast.GeneratorExp
_WIDTHS = {**TAKEN, **KEPT}
_Made = tuple[ast.Call, ast.expr]


def candidates(evidence: Evidence) -> list[Candidate]:
    """The width as the layers of a loop beside it are told it, where what came is what the first one of these takes."""
    operation = failed(evidence, *_WIDTHS)
    sizes = shape(operation, "input")
    if operation is None or sizes is None or len(sizes) < 2:
        return []
    keyword, _, axis = _WIDTHS[kind(operation)]
    held = operation.config.get(keyword)
    have, came = held[0] if isinstance(held, tuple) and held else number(operation, keyword), sizes[axis]
    return [
        found
        for source in user_sources(evidence)
        for call, target in _in_rounds(source, kind(operation))
        for found in _as_beside(evidence, source, call, target, have, came)
    ]


def _in_rounds(source: Source, *names: str) -> Iterator[_Made]:
    """The calls that make a layer a round of a loop that counts, each with the name that counts."""
    for call in source.calls(*names):
        for up in parents(call):
            loop = up.generators[0] if isinstance(up, _COMPREHENSIONS) else up
            if isinstance(loop, ast.For | ast.comprehension) and isinstance(loop.target, ast.Name):
                if isinstance(loop.iter, ast.Call) and last_name(loop.iter.func) == "range":
                    yield call, loop.target
                break


def _as_beside(
    evidence: Evidence, source: Source, call: ast.Call, target: ast.expr, have: int, came: int
) -> Iterator[Candidate]:
    told = _width_told(call)
    if told is None or isinstance(told, ast.IfExp) or names_in(target) & names_in(told):
        return
    if worked_out(evidence, source.span(told)) != have:
        return
    for other, counter in _in_rounds(source, *_WIDTHS):
        given = _width_told(other)
        if not isinstance(given, ast.IfExp) or class_around(other) is not class_around(call):
            continue
        is_same = ast.unparse(given.orelse) == ast.unparse(told) and names_in(counter) <= names_in(given.test)
        if is_same and worked_out(evidence, source.span(given.body)) == came != have:
            text = source.span(given).text
            changes = [Change(source.span(told), text)]
            if names_in(counter) != names_in(target):
                changes.append(Change(source.span(target), source.span(counter).text))
            doubt = _BEHIND if last_name(call.func) in KEPT or _is_walked_with(evidence, other) else ""
            yield Candidate(text, tuple(changes), (), _COST, doubt)
            return


def _width_told(call: ast.Call) -> ast.expr | None:
    """What is written, at its place, for the width that a layer takes."""
    return next(iter(call.args[_WIDTHS[last_name(call.func)].place :]), None)


def _is_walked_with(evidence: Evidence, other: ast.Call) -> bool:
    """Whether the loop that failed also goes along the layers beside, one of which may be meant to come before."""
    statement = statement_of(other)
    names = {
        each.attr
        for each in walk(statement or other)
        if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store)
    }
    frame = evidence.user_frame
    for up in parents(node_at(frame.span)) if frame is not None else ():
        walked = up.generators if isinstance(up, _COMPREHENSIONS) else [up] if isinstance(up, ast.For) else []
        lists = [each for loop in walked for each in walk(loop.iter)]
        if walked:
            return any(isinstance(each, ast.Attribute) and each.attr in names for each in lists)
    return False
