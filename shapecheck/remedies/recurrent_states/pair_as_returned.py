"""One tensor where a function takes the states apart that it gives back: ``h, c = state``, ``return y, (h, c)``."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.definitions import values_returned
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import (
    found_at,
    function_around,
    home_around,
    last_name,
    parameters,
    statement_of,
    targets_of,
    walk,
)
from shapecheck.reading.vocabulary import CONSTANTS
from shapecheck.reading.where_made import made

# That a size was asked is thought of first where nothing tells what the parts are.
_COST = -0.1
_READ_ELSEWHERE = "something else reads the state as the one tensor that it is"


def candidates(evidence: Evidence) -> list[Candidate]:
    """A state for each name that it is taken apart into, where the first one is made."""
    item = operand(failed(evidence, "unpack"), "value")
    count = _states_taken(item) if item is not None else 0
    if item is None or item.value.kind != "tensor" or count < 2:
        return []
    for origin in made(evidence, item):
        node = found_at(origin.span)[1]
        if isinstance(node, ast.Call) and last_name(node.func) in CONSTANTS and written_sizes(origin.span) is not None:
            text = f"({', '.join([origin.span.text] * count)})"
            doubt = "" if _is_read_once(node) else _READ_ELSEWHERE
            return [Candidate(text, (Change(origin.span, text),), (), _COST, doubt)]
    return []


def _states_taken(item: Argument) -> int:
    """Into how many names a parameter is taken apart that the function gives back side by side; 0 if it does not."""
    node = found_at(item.span)[1]
    function, line = function_around(node), statement_of(node)
    if function is None or not isinstance(node, ast.Name) or node.id not in parameters(function):
        return 0
    targets = line.targets if isinstance(line, ast.Assign) and line.value is node else []
    names = [ast.unparse(each) for each in targets[0].elts] if targets and isinstance(targets[0], ast.Tuple) else []
    given = (each for value in values_returned(function) for each in walk(value) if isinstance(each, ast.Tuple))
    return len(names) if any(names == list(map(ast.unparse, each.elts)) for each in given) else 0


def _is_read_once(node: ast.expr) -> bool:
    """Whether what a value is called is read at one place alone, or the value stands where it is handed in."""
    names = [each.id for each in targets_of(node) if isinstance(each, ast.Name)]
    home = home_around(node)
    reads = [each for each in walk(home) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)]
    return not names or sum(each.id in names and home_around(each) is home for each in reads) == 1
