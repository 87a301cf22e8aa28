"""Two layers that read the same tensor, of which one was told another width: as wide as its sibling."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import failed, maker, number, shape
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.sources import (
    Source,
    class_around,
    found_at,
    function_around,
    last_name,
    names_in,
    source_of,
    targets_of,
)

_COST = 0.01
_OTHER_READ = "something else at hand is as wide as the layer was told, and may be what it was to read"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Linear(kinds + letters + hidden, letters)`` beside another layer that was told so."""
    operation = failed(evidence, "Linear")
    sizes = shape(operation, "input")
    origin = maker(evidence, operation)
    given = told_for(origin, "in_features")
    if operation is None or operation.span is None or not sizes or given is None:
        return []
    came, texts = sizes[-1], set[str]()
    for other in _told(operation.span):
        # What stands in another constructor may read other names; a width of nothing in common is of something else.
        is_more = names_in(expression(given.text)) < names_in(expression(other.text))
        if is_more and worked_out(evidence, other) == came and _home(other) is _home(given):
            texts.add(other.text)
    if len(texts) != 1 or number(operation, "in_features") == came:
        return []
    text = texts.pop()
    trial = (Step("configure", "", ("in_features", came)),)
    records = [each.record for each in evidence.held.values()]
    wanted = (*sizes[:-1], number(operation, "in_features"))
    doubt = _OTHER_READ if any(each is not None and each.shape == wanted for each in records) else ""
    return [Candidate(f"in_features={text}", (Change(given, text),), trial, _COST, doubt)]


def _home(span: Span) -> ast.FunctionDef | None:
    source = source_of(span.file)
    return function_around(source.node_at(span)) if source is not None else None


def _told(place: Span) -> Iterator[Span]:
    """The widths that other layers were told which the same function gives the same name, once set."""
    source, call = found_at(place)
    home, owner = function_around(call), class_around(call)
    read = call.args[0] if isinstance(call, ast.Call) and len(call.args) == 1 else None
    if source is None or home is None or owner is None or not isinstance(read, ast.Name):
        return
    stores = [each.id for each in ast.walk(home) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
    if [*stores, *(each.arg for each in home.args.args)].count(read.id) > 1:
        return
    for each in ast.walk(home):
        if isinstance(each, ast.Call) and each is not call and [ast.unparse(item) for item in each.args] == [read.id]:
            yield from _width_of(source, owner, ast.unparse(each.func))


def _width_of(source: Source, owner: ast.ClassDef, name: str) -> Iterator[Span]:
    for made in ast.walk(owner):
        if isinstance(made, ast.Call) and last_name(made.func) == "Linear":
            told = told_for(source.span(made), "in_features")
            if told is not None and any(ast.unparse(target) == name for target in targets_of(made)):
                yield told
