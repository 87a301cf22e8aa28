"""Another axis for what was summed, joined or repeated on the way to an operand that does not fit."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.failing import failed, says
from shapecheck.reading.sources import walk
from shapecheck.reading.ways_back import spans_behind

# Behind everything else that may mend it.
_COST, _FARTHER = 2.0, 0.02
# What is farther back has too many others that could be to blame.
_NEAR, _MOST = 8, 6
_DOUBT = "along which axis it was meant is not known but by what then runs"
_OTHER_MATTER = (
    r"dtype|scalar type|\b(Float|Long|Double)\b",
    r"out of memory",
    r"has no attribute",
    r"unexpected keyword",
)
# The place of the axis among the arguments of the method.
_AXIS_AT = {
    **dict.fromkeys(
        ("sum", "mean", "std", "var", "amax", "amin", "max", "min", "argmax", "argmin", "median", "mode", "prod"), 0
    ),
    **dict.fromkeys(("logsumexp", "all", "any", "unbind", "cumsum", "argsort", "unsqueeze", "squeeze"), 0),
    **dict.fromkeys(("repeat_interleave", "chunk", "kthvalue", "topk"), 1),
    "index_select": 0,
}
_OF_LISTS = ("stack", "cat", "concat", "concatenate")
_MODULES = ("torch", "np", "numpy")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The calls with a written axis, nearest first, each along another one; none where sizes are not the matter."""
    operation = failed(evidence)
    if operation is None or operation.parameters or says(evidence, *_OTHER_MATTER) is not None:
        return []
    places = [item.span for item in operation.arguments if item.span is not None]
    return [
        Candidate(f"axis {axis.text} -> {new}", (Change(axis, new),), (), _COST + _FARTHER * far, _DOUBT)
        for far, axis in enumerate(islice(_axes(evidence, *places), _MOST))
        for new in _others(axis.text)
    ]


def _axes(evidence: Evidence, *places: Span) -> Iterator[Span]:
    """Where axes are written in expressions and in those that they came from."""
    seen: set[Span] = set()
    for count, span in enumerate(spans_behind(evidence, *places)):
        if count == _NEAR:
            return
        tree = expression(span.text)
        for node in walk(tree):
            axis = _axis(node)
            place = piece(span, axis) if axis is not None else None
            if place is not None and place not in seen:
                seen.add(place)
                yield place


def _axis(node: ast.AST) -> ast.expr | None:
    """The axis that is written in a call; None where there is none, or no number."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    name = node.func.attr
    if name not in _AXIS_AT and name not in _OF_LISTS:
        return None
    for each in node.keywords:
        if each.arg in ("dim", "axis"):
            return each.value if whole_number(each.value) is not None else None
    is_function = isinstance(node.func.value, ast.Name) and node.func.value.id in _MODULES
    at = 1 if name in _OF_LISTS else _AXIS_AT[name] + is_function
    if at >= len(node.args) or (name in _OF_LISTS and not is_function):
        return None
    return node.args[at] if whole_number(node.args[at]) is not None else None


def _others(axis: str) -> list[str]:
    """The other axes to try, counted from the same end."""
    return [
        each for each in (("-1", "-2", "0", "1") if axis.startswith("-") else ("0", "1", "2", "-1")) if each != axis
    ]
