"""A pair that a call hands to a function which reads it as one tensor: its part is taken where the call is written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Frame
from shapecheck.reading.edits import expression, suffixed
from shapecheck.reading.origins import given_for
from shapecheck.reading.recurrent.tuples_given import takes_part, tuple_given
from shapecheck.reading.sources import (
    Source,
    found_at,
    function_of_line,
    home_around,
    is_named,
    parameters,
    source_of,
    walk,
)
from shapecheck.reading.where_made import made

CAUSE = "tuple_not_unpacked"
_COST = 0.12


def candidates(evidence: Evidence) -> Iterator[Candidate]:
    """``model(batch.text[0])``, where no function on the way takes anything of what it was handed but the whole."""
    item = tuple_given(evidence)
    if item is None or item.span is None or len(item.value.items) != 2:
        return
    name, found = item.span.text, None
    for outer, inner in reversed([*pairwise(evidence.user_frames)]):
        given = _given(evidence, outer, inner, name)
        if given is None:
            break
        found, name = given, given[1].id if isinstance(given[1], ast.Name) else ""
    if found is None or _is_assigned(found[1]):
        # What a name was given is taken apart there.
        return
    at = _part_named(evidence, item)
    change = suffixed(found[0].span(found[1]), f"[{at}]")
    yield Candidate(change.text, (change,), (Step("item", item.role, (at,)),), _COST)


def _given(evidence: Evidence, outer: Frame, inner: Frame, name: str) -> tuple[Source, ast.expr] | None:
    """What a call gave for a parameter that the function called reads as it is, and never sets."""
    (source, call), home = found_at(outer.span), function_of_line(source_of(inner.span.file), inner.span.line)
    at = evidence.frames.index(outer)
    between = evidence.frames[at + 1 : evidence.frames.index(inner, at + 1)]
    # A container calls its children with what the one in front has given.
    is_called_there = not any(each.function == "forward" for each in between)
    if source is None or home is None or not isinstance(call, ast.Call) or name not in parameters(home):
        return None
    reads = [each for each in walk(home) if is_named(each, name)]
    if not is_called_there or any(isinstance(each.ctx, ast.Store) or takes_part(each) for each in reads):
        return None
    node = given_for(call, home, name)
    return (source, node) if node is not None and node in walk(call) else None


def _is_assigned(node: ast.expr) -> bool:
    if not isinstance(node, ast.Name):
        return False
    makers = (each for each in walk(home_around(node)) if isinstance(each, ast.Assign))
    return any(is_named(target, node.id) for each in makers for target in each.targets)


def _part_named(evidence: Evidence, item: Argument) -> int:
    """Which part of a pair that is written down, ``return lengths, text``, has the name of what was read; the first."""
    for origin in made(evidence, item):
        node = expression(origin.span.text)
        for way in (node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,):
            names = [ast.unparse(each) for each in way.elts] if isinstance(way, ast.Tuple) else []
            if len(names) == 2 and names.count(item.expression) == 1:
                return names.index(item.expression)
    return 0
