"""What a recurrent layer gave, kept or handed on whole: taken apart where it was made, into the part that is read."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.recurrent.tuples_given import tuple_given
from shapecheck.reading.sources import found_at, function_at
from shapecheck.reading.where_made import made

CAUSE = "tuple_not_unpacked"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``out, _ = rnn(x)`` in the function that called the failing one; ``_, state = rnn(x)`` for the other part."""
    item = tuple_given(evidence)
    if item is None or item.span is None or len(item.value.items) != 2:
        return []
    return [each for origin in made(evidence, item)[:1] for each in _ways(item, item.span, origin.span)]


def _ways(item: Argument, use: Span, made_at: Span) -> Iterator[Candidate]:
    source, node = found_at(made_at)
    statement = getattr(node, "parent", None)
    target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    if source is None or not isinstance(target, ast.Name):
        return
    place, first, second = source.span(target), f"{target.id}, _", f"_, {target.id}"
    if function_at(made_at) is not function_at(use):
        trial = (Step("item", item.role, (0,)),)
        yield Candidate(f"{first} = {made_at.text}", (Change(place, first),), trial, 0.1)
    if item.value.items[1].kind == "tensor":
        trial = (Step("item", item.role, (1,)),)
        yield Candidate(f"{second} = {made_at.text}", (Change(place, second),), trial, 0.4)
