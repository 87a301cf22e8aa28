"""Follows expressions back to all that they were made of, name by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Evidence, Origin, Span
from shapecheck.reading.edits import expression, piece

_RESHAPES = ("reshape", "view", "flatten", "contiguous", "long", "to")


def spans_behind(evidence: Evidence, *places: Span | None, only_whole: bool = False) -> Iterator[Span]:
    """Expressions, then those that the names in them come from, and so on, each once and nearest first.

    Args:
        evidence: The problem.
        places: The expressions to begin with; None is passed over.
        only_whole: Whether to leave out what only holds the value that a name has.
    """
    following, seen = [place for place in places if place is not None], set[Span]()
    while following:
        one = following.pop(0)
        if one in seen:
            continue
        seen.add(one)
        yield one
        for key, origins in evidence.chains.items():
            if one.holds(key):
                following += [origin.span for origin in origins if origin.is_whole or not only_whole]


def way_of(evidence: Evidence, place: Span | None) -> tuple[Span, ...]:
    """An expression, then those that its very value came through; nothing where there is none."""
    return (place, *(origin.span for origin in evidence.chains.get(place, ()))) if place is not None else ()


def every_origin(evidence: Evidence) -> tuple[Span, ...]:
    """All expressions that something on the way to the crash came from, each once."""
    return tuple(dict.fromkeys(origin.span for origins in evidence.chains.values() for origin in origins))


def ways_through_reshapes(evidence: Evidence, place: Span) -> Iterator[tuple[Span, tuple[Origin, ...]]]:
    """Where the names in an expression come from, and those in the reshapes that these were made by."""
    for key, chain in evidence.chains.items():
        if not place.holds(key):
            continue
        yield key, chain
        for origin in chain:
            span, node = origin.span, expression(origin.span.text)
            while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _RESHAPES:
                span = piece(span, node.func.value)
                node = expression(span.text)
            if span != origin.span:
                yield span, evidence.chains.get(span, ())
