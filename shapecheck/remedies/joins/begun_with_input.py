"""A list of what each layer gave that begins with what went into the first: left out where all must be of one width."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed, operand, tensors
from shapecheck.reading.joined.joined_lists import appends
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import home_around, node_at, walk

_COST = 0.05
_MADE_OF_IT = "what was made of the input in front of the layers may be meant to stand first"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.stack(outs[1:])`` where ``outs = [x]`` was begun with something of another width than all others."""
    operation = failed(evidence, "stack")
    given = operand(operation, "tensors")
    if operation is None or given is None or given.span is None or not given.span.text.isidentifier():
        return []
    first, *others = (sizes_of(each) for each in tensors(operation)) if len(operation.arguments) > 2 else ((),)
    is_odd = len(others) > 1 and len(set(others)) == 1 and first[:-1] == others[0][:-1] and first != others[0]
    if not is_odd or not _is_begun(given.span):
        return []
    change = suffixed(given.span, "[1:]")
    return [Candidate(change.text, (change,), (), _COST, _MADE_OF_IT if _has_other_first(given.span) else "")]


def _has_other_first(span: Span) -> bool:
    """Whether what the loop adds had a value in front of it, by another name than what the list begins with."""
    nodes = walk(home_around(node_at(span)))
    made = [value for node in nodes for name, value in values_given(node) if ast.unparse(name) == span.text]
    begun = {ast.unparse(each) for value in made if isinstance(value, ast.List) for each in value.elts}
    loops = [node for node in nodes if isinstance(node, ast.For)]
    added = {
        ast.unparse(each.args[0])
        for loop in loops
        for each in walk(loop)
        if isinstance(each, ast.Call) and each.args and appends(each, span.text)
    }
    first = min((loop.lineno for loop in loops), default=0)
    given = {ast.unparse(name) for node in nodes for name, value in values_given(node) if value.lineno < first}
    return bool((added - begun) & given)


def _is_begun(span: Span) -> bool:
    """Whether a list was made with one item, and filled up in a loop."""
    nodes = walk(home_around(node_at(span)))
    made = [value for node in nodes for name, value in values_given(node) if ast.unparse(name) == span.text]
    loops = [each for node in nodes if isinstance(node, ast.For) for each in walk(node)]
    items = made[0].elts if len(made) == 1 and isinstance(made[0], ast.List) else []
    is_one = len(items) == 1 and isinstance(items[0], ast.Name)
    return is_one and any(appends(each, span.text) for each in loops)
