"""A number that is looked up in a table of settings under a key that nothing else uses, where another one is in use."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.failing import failed
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import Source, found_at, targets_of, walk

_COST = 0.08


def candidates(evidence: Evidence) -> list[Candidate]:
    """``WINDOWS[64]`` for ``WINDOWS[96]``, where the images are made with ``side = 64``, and nothing has 96."""
    operation = failed(evidence)
    spans = [item.span for item in operation.arguments if item.span is not None] if operation is not None else []
    spans += [each.span for origins in evidence.origins.values() for each in origins]
    places = dict.fromkeys(each for span in spans for each in spans_of(evidence, span, parts=True))
    return list({each.changes: each for place in places for each in _other_key(evidence, place)}.values())


def _other_key(evidence: Evidence, place: Span) -> Iterator[Candidate]:
    source, node = found_at(place)
    key = node.slice if isinstance(node, ast.Subscript) else None
    if source is None or not isinstance(node, ast.Subscript) or not isinstance(key, ast.Constant):
        return
    tables = [found_at(each.span)[1] for each in trace(evidence, source.span(node.value))]
    table = next((each for each in tables if isinstance(each, ast.Dict)), None)
    keys = [each.value for each in table.keys if isinstance(each, ast.Constant)] if table is not None else []
    used = [other for other in keys if _is_used(source, other, (node, table))]
    used = used if len(used) == 1 and _is_named(source, used[0], table) else []
    if key.value in keys and type(key.value) in (int, str) and len(used) == 1 and used[0] != key.value:
        text = repr(used[0])
        yield Candidate(f"{source.span(key).text} -> {text}", (Change(source.span(key), text),), (), _COST)


def _is_used(source: Source, value: object, apart: Sequence[ast.AST | None]) -> bool:
    """Whether a value is written anywhere in the file but in some expressions."""
    left_out = {id(each) for home in apart for each in walk(home)}
    return any(
        isinstance(each, ast.Constant) and each.value == value and type(each.value) is type(value)
        for each in walk(source.tree)
        if id(each) not in left_out
    )


def _is_named(source: Source, value: object, table: ast.AST | None) -> bool:
    """Whether a value is a setting itself, given to a name or to a parameter, and no key by which is looked up."""
    left_out = {id(each) for each in walk(table)}
    for each in walk(source.tree):
        is_it = isinstance(each, ast.Constant) and each.value == value and type(each.value) is type(value)
        is_given = isinstance(getattr(each, "parent", None), ast.keyword | ast.arguments) or any(targets_of(each))
        if is_it and id(each) not in left_out and is_given:
            return True
    return False
