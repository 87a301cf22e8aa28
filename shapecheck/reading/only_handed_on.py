"""Values that are only handed on: by a name that a function returns, or by a loop to its next round."""

from __future__ import annotations

import ast

from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.sources import (
    function_around,
    is_named,
    node_at,
    parents,
    rounds_around,
    source_of,
    statement_of,
    walk,
)


def is_handed_on(name: Span, value: Span) -> bool:
    """Whether a function only returns, under its name, what it made itself: the place is where it was made."""
    source = source_of(name.file)
    if not name.text.isidentifier() or source is None or name.file != value.file:
        return False
    one, two = source.node_at(name), source.node_at(value)
    homes = [function_around(node) for node in (one, two) if node is not None]
    return len(homes) == 2 and homes[0] is not None and homes[0] is homes[1]


def is_carried_round(evidence: Evidence, item: Argument) -> bool:
    """Whether a loop hands in what the same call gave in the round before: ``out, state = decoder(token, state)``."""
    if item.span is None:
        return False
    whole = (origin.span for origin in evidence.chains.get(item.span, ()) if not origin.is_whole)
    return any(_stores_itself(span) for span in (item.span, *whole))


def is_left_by_round(evidence: Evidence, item: Argument) -> bool:
    """Whether a loop read a name with what was there before it, and now with what its rounds leave in it.

    The line has gone well in the first round, and would be refused there with what mends the second one.
    """
    use = node_at(item.span)
    loop = next(rounds_around(use), None)
    origin = next(iter(evidence.chains.get(item.span, ()) if item.span is not None else ()), None)
    if not isinstance(use, ast.Name) or loop is None or origin is None:
        return False
    maker = statement_of(node_at(origin.span))
    if maker is None or loop not in parents(maker) or maker.lineno <= use.lineno:
        return False
    stores = [each for each in walk(loop) if is_named(each, use.id) and isinstance(each.ctx, ast.Store)]
    return all(each.lineno > use.lineno for each in stores)


def _stores_itself(span: Span) -> bool:
    """Whether a name is read in a loop by the statement that gives it its next value."""
    node = node_at(span)
    statement = statement_of(node)
    if not isinstance(statement, ast.Assign) or not isinstance(node, ast.Name):
        return False
    stored = {part.id for target in statement.targets for part in walk(target) if isinstance(part, ast.Name)}
    return node.id in stored and any(rounds_around(statement))
