"""Follows expressions back to all that they were made of, name by name."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.evidence import Evidence, Span


def spans_behind(evidence: Evidence, *places: Span, only_whole: bool = False) -> Iterator[Span]:
    """Expressions, then those that the names in them come from, and so on, each once and nearest first.

    Args:
        evidence: The problem.
        places: The expressions to begin with.
        only_whole: Whether to leave out what only holds the value that a name has.
    """
    following, seen = list(places), set[Span]()
    while following:
        one = following.pop(0)
        if one in seen:
            continue
        seen.add(one)
        yield one
        for key, origins in evidence.chains.items():
            if one.holds(key):
                following += [origin.span for origin in origins if origin.is_whole or not only_whole]
