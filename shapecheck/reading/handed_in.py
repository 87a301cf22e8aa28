"""What the calls on the way to a crash gave for a name: by one function to the next, from the inside out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from shapecheck.evidence import Evidence, Frame
from shapecheck.reading.origins import given_for
from shapecheck.reading.sources import Source, found_at, function_of_line, parameters, source_of, walk


@dataclass(frozen=True, slots=True, eq=False)
class HandedIn:
    """What a call gave for a parameter.

    Args:
        name: The parameter.
        home: The function that was called.
        source: The file of the call.
        given: What is written there.
    """

    name: str
    home: ast.FunctionDef
    source: Source
    given: ast.expr


def handed_in(evidence: Evidence, name: str) -> Iterator[HandedIn]:
    """The calls that handed on what a name of the function that failed holds, as long as each gives it by a name.

    Args:
        evidence: The problem.
        name: The parameter of the innermost function.
    """
    for outer, inner in reversed([*pairwise(evidence.user_frames)]):
        found = _given(evidence, outer, inner, name)
        if found is None:
            return
        yield found
        name = found.given.id if isinstance(found.given, ast.Name) else ""


def _given(evidence: Evidence, outer: Frame, inner: Frame, name: str) -> HandedIn | None:
    (source, call), home = found_at(outer.span), function_of_line(source_of(inner.span.file), inner.span.line)
    at = evidence.frames.index(outer)
    between = evidence.frames[at + 1 : evidence.frames.index(inner, at + 1)]
    # A container calls its children with what the one in front has given.
    is_called_there = not any(each.function == "forward" for each in between)
    if source is None or home is None or not isinstance(call, ast.Call) or name not in parameters(home):
        return None
    node = given_for(call, home, name) if is_called_there else None
    return HandedIn(name, home, source, node) if node is not None and node in walk(call) else None
