"""Finds the numbers that a function is given and never reads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.definitions import called_as
from shapecheck.reading.origins import given_for
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import defaults_of, function_at, last_name, names_in, node_at, source_of

# Counts and settings, of which no width is made.
_NO_WIDTH = re.compile(r"layer|depth|head|verbos|seed|bias|drop|batch", re.IGNORECASE)


def unread_numbers(evidence: Evidence, given: Span) -> Iterator[tuple[str, int]]:
    """The parameters of the function around a place that it never reads, with the number that each was given."""
    function, source = function_at(given), source_of(given.file)
    if function is None or source is None:
        return
    read, is_forward = names_in(*function.body), function.name == "forward"
    calls = list(_running_call(evidence, function) if is_forward else source.calls(called_as(function)))
    switches = {name for name, default in defaults_of(function.args) if _is_switch(default)}
    for each in (*function.args.args[1:], *function.args.kwonlyargs):
        if each.arg in read or _NO_WIDTH.search(each.arg) or each.arg in switches:
            continue
        told = [node for call in calls if (node := given_for(call, function, each.arg)) is not None]
        numbers = {_number(evidence, source.span(node)) for node in told}
        value = numbers.pop() if len(numbers) == 1 else None
        if value is not None:
            yield each.arg, value


def _running_call(evidence: Evidence, function: ast.FunctionDef) -> Iterator[ast.Call]:
    """The call of a forward that is running: it is the module that is called."""
    for outer, inner in pairwise(each for each in evidence.frames if each.is_user):
        called = node_at(outer.span)
        if function_at(inner.span) is function and isinstance(called, ast.Call):
            yield called


def _is_switch(default: ast.expr | None) -> bool:
    return isinstance(default, ast.Constant) and isinstance(default.value, bool)


def _number(evidence: Evidence, span: Span) -> int | None:
    found = worked_out(evidence, span)
    if type(found) is int:
        return found
    # What stands in the call that is running is known by what its names hold.
    node, source = node_at(span), source_of(span.file)
    held = held_around(evidence, source, node)
    if isinstance(node, ast.Call) and last_name(node.func) == "len" and len(node.args) == 1:
        counted = held.get(ast.unparse(node.args[0]))
        size = counted.facts.get("len") if counted is not None else None
        return int(size) if size is not None else None
    there = held.get(span.text)
    return int(there.text) if there is not None and there.kind == "number" and there.text.isdecimal() else None
