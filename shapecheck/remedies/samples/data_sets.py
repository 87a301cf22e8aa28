"""Samples of a data set of the user's, changed where the data set gives them: what is made of them then agrees."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Origin
from shapecheck.reading.edits import expression, suffixed
from shapecheck.reading.sources import function_around, is_named, last_name, node_at, walk

_SAME = ("to", "cuda", "cpu", "float", "contiguous", "clone")


def in_data_set(
    evidence: Evidence, item: Argument, suffix: str, steps: Sequence[Step], *, cost: float
) -> Iterator[Candidate]:
    """A method call put behind what a data set of the user's gives for one sample, if that goes into a batch as it is.

    What else the script makes of the batch, such as the target of an autoencoder, then has the same axes.

    Args:
        evidence: The problem.
        item: The operand, a batch.
        suffix: What to put behind one sample.
        steps: The same as a trial on the batch.
        cost: What it costs.
    """
    origins = evidence.origins.get(item.expression, ())
    for at, origin in enumerate(origins):
        given = given_by_data_set(origin)
        if given is None:
            if not _hands_on(origin):
                return
            continue
        function, name = given
        place = origin
        following = origins[at + 1 : at + 2]
        if name and following and _is_made_for(function, name, following[0]):
            place = following[0]
        change = suffixed(place.span, suffix)
        yield Candidate(f"{change.text} in the data set", (change,), tuple(steps), cost)
        return


def given_by_data_set(origin: Origin) -> tuple[ast.FunctionDef, str] | None:
    """The method that gives a sample, if an expression is what it returns, alone or in a tuple or dict; its name."""
    node = node_at(origin.span)
    up = getattr(node, "parent", None)
    if isinstance(up, ast.Tuple | ast.Dict):
        up = getattr(up, "parent", None)
    function = function_around(node)
    if function is None or function.name != "__getitem__" or not isinstance(up, ast.Return):
        return None
    if isinstance(node, ast.Tuple | ast.Dict):
        return None
    return function, node.id if isinstance(node, ast.Name) else ""


def _hands_on(origin: Origin) -> bool:
    """Whether a step on the way gives the batch on as it is."""
    node = expression(origin.span.text)
    while True:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SAME:
            node = node.func.value
        elif isinstance(node, ast.Subscript) and isinstance(getattr(node.slice, "value", None), str):
            # An entry of a batch that is a dict.
            node = node.value
        else:
            break
    is_loader = isinstance(node, ast.Call) and last_name(node.func)[:1].isupper()
    return isinstance(node, ast.Name | ast.Attribute | ast.Tuple | ast.Dict) or is_loader


def _is_made_for(function: ast.FunctionDef, name: str, made: Origin) -> bool:
    """Whether an expression is what the name was last given in the method, and only the return reads it afterwards."""
    first, last = made.statement.line, made.statement.end_line
    if not function.lineno <= first <= (function.end_lineno or 0) or not made.statement.text.startswith(f"{name} ="):
        return False
    reads = [
        node
        for node in walk(function)
        if is_named(node, name) and isinstance(node.ctx, ast.Load) and node.lineno > last
    ]
    return len(reads) == 1
