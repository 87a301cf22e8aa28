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
    is_named,
    last_name,
    names_in,
    source_of,
    targets_of,
    walk,
)

_COST, _UNKNOWN = 0.01, 0.3
_OTHER_READ = "something else at hand is as wide as the layer was told, and may be what it was to read"
_BETWEEN = "another layer gives as many from what was read, and may have been meant to stand between"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Linear(kinds + letters + hidden, letters)`` beside another layer that was told so."""
    operation = failed(evidence, "Linear")
    sizes = shape(operation, "input")
    origin = maker(evidence, operation)
    given = told_for(origin, "in_features")
    if operation is None or operation.span is None or not sizes or given is None:
        return []
    have, came, texts, is_known = number(operation, "in_features"), sizes[-1], set[str](), True
    for name, other in _told(operation.span):
        layer = evidence.held.get(name)
        # It stands there, and is as wide, while no other axis is what the layer reads.
        is_held = layer is not None and layer.config.get("in_features") == came and have not in sizes[:-1]
        # What has nothing in common may be of something else.
        is_more = names_in(expression(given.text)) < names_in(expression(other.text))
        # What was counted is not worked out.
        size = worked_out(evidence, other) if is_more else None
        is_as_wide = size == came if size is not None else is_held
        # What stands in another constructor may read other names.
        if is_as_wide and other.text != given.text and _home(other) is _home(given):
            texts.add(other.text)
            is_known = is_known and not (is_more and size is None)
    if len(texts) != 1 or have == came:
        return []
    text = texts.pop()
    trial = (Step("configure", "", ("in_features", came)),)
    records = [each.record for each in evidence.held.values()]
    wanted = (*sizes[:-1], have)
    doubt = _OTHER_READ if any(each is not None and each.shape == wanted for each in records) else ""
    configs = [value.config for value in evidence.held.values()]
    if any((each.get("in_features"), each.get("out_features")) == (came, have) for each in configs):
        doubt = doubt or _BETWEEN
    cost = _COST if is_known else _UNKNOWN
    return [Candidate(f"in_features={text}", (Change(given, text),), trial, cost, doubt)]


def _home(span: Span) -> ast.FunctionDef | None:
    source = source_of(span.file)
    return function_around(source.node_at(span)) if source is not None else None


def _told(place: Span) -> Iterator[tuple[str, Span]]:
    """The other layers that the same function gives what a name holds there, each with the width that it was told."""
    source, call = found_at(place)
    home, owner = function_around(call), class_around(call)
    read = call.args[0] if isinstance(call, ast.Call) and len(call.args) == 1 else None
    if source is None or call is None or home is None or owner is None or not isinstance(read, ast.Name):
        return
    names = [each for each in walk(home) if is_named(each, read.id)]
    stores = [each.lineno for each in names if isinstance(each.ctx, ast.Store)]
    for each in walk(home):
        if isinstance(each, ast.Call) and each is not call and [ast.unparse(item) for item in each.args] == [read.id]:
            first, last = sorted((each.lineno, call.lineno))
            if not any(first <= line <= last for line in stores):
                name = ast.unparse(each.func)
                yield from ((name, told) for told in _width_of(source, owner, name))


def _width_of(source: Source, owner: ast.ClassDef, name: str) -> Iterator[Span]:
    for made in walk(owner):
        if isinstance(made, ast.Call) and last_name(made.func) == "Linear":
            told = told_for(source.span(made), "in_features")
            if told is not None and any(ast.unparse(target) == name for target in targets_of(made)):
                yield told
