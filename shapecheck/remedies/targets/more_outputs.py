"""More outputs for the layer that gives the scores."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.sources import found_at, is_named, targets_of, user_sources, walk
from shapecheck.reading.where_made import literals


def widened(evidence: Evidence, have: int, want: int) -> Iterator[Candidate]:
    """More outputs for the layer that gives the scores: the last Linear made with that many."""
    for source in user_sources(evidence):
        calls = sorted(source.calls("Linear", "LazyLinear"), key=lambda call: -call.lineno)
        for at, call in enumerate(calls):
            position = 1 if ast.unparse(call.func).endswith("Linear") and "Lazy" not in ast.unparse(call.func) else 0
            given_size = call.args[position] if position < len(call.args) else None
            for keyword in call.keywords:
                if keyword.arg == "out_features":
                    given_size = keyword.value
            if given_size is None:
                continue
            span = source.span(given_size)
            for number in literals(evidence, span):
                if int(number.text) == have:
                    yield Candidate(f"{number.text} -> {want}", (Change(number, str(want)),), (), 0.3 + 0.05 * at)


def is_read_twice(number: Span) -> bool:
    """Whether the name that a number is given is read at several places of its file."""
    source, node = found_at(number)
    if source is None or node is None:
        return False
    names = [each.id for each in targets_of(node) if isinstance(each, ast.Name)]
    reads = [each for each in walk(source.tree) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)]
    return any(sum(is_named(each, name) for each in reads) > 1 for name in names)
