"""What was counted sample by sample where one number was meant: ``right += (guess == label).int()``, without a sum."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import (
    Source,
    home_around,
    is_named,
    last_name,
    node_at,
    rounds_around,
    source_of,
    walk,
)
from shapecheck.reading.vocabulary import COMPARISONS

_COST = 0.02
_CASTS = ("int", "float", "long", "double", "to", "type", "cpu", "detach")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``.sum()`` behind the truth values that a loop adds to a name which begins as a plain number."""
    operation = evidence.operation if evidence.crash is not None else None
    if operation is None or operation.span is None:
        return []
    source = source_of(operation.span.file)
    total = _total(evidence, operation)
    home = home_around(node_at(total))
    if source is None or home is None or total is None or not _begins_as_number(home, total.text):
        return []
    return list(_summed(source, home, total.text))


def _total(evidence: Evidence, operation: Operation) -> Span | None:
    """The name that holds one number a sample, and has met another number of samples or is asked for one number."""
    item = next(iter(operation.arguments), None)
    sizes = sizes_of(item)
    if item is None or item.span is None or len(sizes) != 1 or not item.span.text.isidentifier():
        return None
    if operation.name.endswith((".add_", ".add")):
        others = [sizes_of(each) for each in operation.arguments[1:2]]
        return item.span if others and len(others[0]) == 1 and others[0] != sizes else None
    asked = says(evidence, r"cannot be converted to Scalar", r"only one element tensors can be converted")
    return item.span if asked is not None else None


def _begins_as_number(home: ast.AST, name: str) -> bool:
    """Whether a name is given the number 0 before all."""
    for line in walk(home):
        for target, given in values_given(line):
            if is_named(target, name):
                return isinstance(given, ast.Constant) and given.value == 0
    return False


def _summed(source: Source, home: ast.AST, name: str) -> Iterator[Candidate]:
    for line in walk(home):
        is_it = isinstance(line, ast.AugAssign) and is_named(line.target, name)
        is_in_loop = any(rounds_around(line))
        is_added = isinstance(line, ast.AugAssign) and isinstance(line.op, ast.Add) and _are_truths(line.value)
        if is_it and is_in_loop and is_added and isinstance(line, ast.AugAssign):
            change = suffixed(source.span(line.value), ".sum()")
            yield Candidate(change.text, (change,), (), _COST)


def _are_truths(node: ast.expr) -> bool:
    """Whether an expression compares, and at most changes the dtype of what comes out."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and last_name(node.func) in _CASTS:
        node = node.func.value
    is_called = isinstance(node, ast.Call) and last_name(node.func) in COMPARISONS
    return is_called or isinstance(node, ast.Compare)
