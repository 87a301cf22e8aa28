"""Tells whether what is put together becomes the labels of a loss, and of what kind they are."""

from __future__ import annotations

import ast
from collections.abc import Container, Sequence

from shapecheck.evidence import Evidence, Operation, Value
from shapecheck.reading.definitions import values_returned
from shapecheck.reading.failing import INDEX_LOSSES
from shapecheck.reading.sources import (
    Source,
    found_at,
    function_around,
    last_name,
    names_in,
    statement_of,
    user_sources,
    walk,
)


def are_answers(evidence: Evidence, operation: Operation) -> bool:
    """Whether what is put together becomes the labels of a loss: there, or by its place among what is returned."""
    source, node = found_at(operation.span)
    function, statement = function_around(node), statement_of(node)
    if source is None or node is None:
        return False
    is_named = isinstance(statement, ast.Assign) and statement.value is node
    name = ast.unparse(statement.targets[0]) if isinstance(statement, ast.Assign) else ast.unparse(node)
    if is_named and _is_given_to_loss(source, function or source.tree, {name}):
        return True
    if function is None:
        return False
    given = values_returned(function)
    places = {
        (at, len(each.elts))
        for each in given
        if isinstance(each, ast.Tuple)
        for at, part in enumerate(each.elts)
        if ast.unparse(part) == name
    }
    return any(become_answers(evidence, *place) for place in places)


def become_answers(evidence: Evidence, at: int, count: int) -> bool:
    """Whether an item of a batch is what a loss in a loop is given as its labels.

    Args:
        evidence: The problem.
        at: Its place.
        count: How many items a batch has.
    """
    sources = user_sources(evidence)
    loops = ((source, node) for source in sources for node in walk(source.tree) if isinstance(node, ast.For))
    return any(_is_answer(source, loop, at, count) for source, loop in loops)


def names_of_item(evidence: Evidence, at: int, count: int) -> list[str]:
    """What the loops of the script call an item of a batch, by its place and how many a batch has."""
    loops = (node for source in user_sources(evidence) for node in walk(source.tree) if isinstance(node, ast.For))
    return [name for loop in loops for name in sorted(_names_in_loop(loop, at, count))]


def _is_answer(source: Source, loop: ast.For, at: int, count: int) -> bool:
    """Whether an item of what a loop is given is the second operand of a loss in it."""
    return _is_given_to_loss(source, loop, _names_in_loop(loop, at, count))


def _names_in_loop(loop: ast.For, at: int, count: int) -> set[str]:
    targets = [each for each in walk(loop.target) if isinstance(each, ast.Tuple) and len(each.elts) == count]
    return {ast.unparse(each.elts[at]) for each in targets}


def _is_given_to_loss(source: Source, around: ast.AST, names: set[str]) -> bool:
    """Whether a loss in a piece of source is given one of some names as its labels."""
    made = {
        last_name(target)
        for call in source.calls(*INDEX_LOSSES)
        for target in getattr(getattr(call, "parent", None), "targets", ())
    }
    calls = (each for each in walk(around) if isinstance(each, ast.Call))
    given = (
        [*call.args[1:2], *(each.value for each in call.keywords if each.arg == "target")]
        for call in calls
        if last_name(call.func) in {*INDEX_LOSSES, *made}
    )
    return any(names & names_in(*each) for each in given)


def are_whole_numbers(values: Sequence[Value]) -> bool:
    """Whether all that is known of some tensors holds whole numbers."""
    kinds = {str(each.record.dtype) for each in values if each.record is not None}
    return bool(kinds) and all(kind.startswith(("int", "uint8")) for kind in kinds)


def are_classes(values: Sequence[Value], told: Container[int]) -> bool:
    """Whether zero is one of the labels, as far as these are known, and no loss leaves it out."""
    least = [each.facts.get("min", 0.0) for each in values]
    return 0 not in told and are_whole_numbers(values) and min(least, default=0) <= 0
