"""Another axis for what was summed, joined or repeated on the way to an operand that does not fit."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import written_axis
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
# The place of the axis among what is told beside what the call is of.
_AXIS_AT = {
    **dict.fromkeys(
        ("sum", "mean", "std", "var", "amax", "amin", "max", "min", "argmax", "argmin", "median", "mode", "prod"), 0
    ),
    **dict.fromkeys(("logsumexp", "all", "any", "unbind", "cumsum", "argsort", "unsqueeze", "squeeze"), 0),
    **dict.fromkeys(("repeat_interleave", "chunk", "kthvalue", "topk"), 1),
    **dict.fromkeys(("index_select", "stack", "cat", "concat", "concatenate"), 0),
}
# Whose functions are given first what they are of, as torch's are.
_ARRAYS = ("np", "numpy")


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
    if node.func.attr not in _AXIS_AT:
        return None
    axis = written_axis(node, _AXIS_AT[node.func.attr] + (ast.unparse(node.func.value) in _ARRAYS))
    return axis if axis is not None and whole_number(axis) is not None else None


def _others(axis: str) -> list[str]:
    """The other axes to try, counted from the same end."""
    return [
        each for each in (("-1", "-2", "0", "1") if axis.startswith("-") else ("0", "1", "2", "-1")) if each != axis
    ]
