"""Scores of each step of one sequence against each of another, ``tanh(a(key) + b(query))``: an axis for the other."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import call_of, piece, suffixed
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import pair, sizes_of
from shapecheck.reading.origins import kind_of, spans_of
from shapecheck.reading.sources import last_name, node_at, parents, statement_of, walk

_COST, _AXES = 0.12, 3
_EITHER = "which of the two sequences goes along the rows of the scores is not known"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``a(key).unsqueeze(1) + b(query).unsqueeze(2)``; the lines behind tell which of them are the rows."""
    operation = failed(evidence, "add")
    operands = pair(operation)
    if operation is None or operands is None or not _is_squashed(evidence):
        return []
    (first, one), (second, other) = ((each, sizes_of(each)) for each in operands)
    is_of_steps = len(one) == len(other) == _AXES and one[::2] == other[::2] and 1 not in (one[1], other[1])
    if not is_of_steps or one[1] == other[1] or not all(_is_projected(evidence, each) for each in operands):
        return []
    found = []
    for axes in ((1, 2), (2, 1)):
        given = [(each, each.span, axis) for each, axis in zip((first, second), axes, strict=True)]
        changes = tuple(suffixed(span, f".unsqueeze({axis})") for _, span, axis in given if span is not None)
        trial = tuple(Step("unsqueeze", each.role, (axis,)) for each, _, axis in given)
        if len(changes) == len(given):
            title = " + ".join(each.text for each in changes)
            found.append(Candidate(title, changes, trial, _COST, unless_read=_EITHER))
    return found


def _is_squashed(evidence: Evidence) -> bool:
    """Whether the sum goes through tanh where it stands, or on the line behind that reads its name."""
    operation = evidence.operation
    node = node_at(operation.span) if operation is not None else None
    squashes = [up for up in parents(node) if isinstance(up, ast.Call)]
    line = statement_of(node)
    names = {ast.unparse(each) for each in line.targets} if isinstance(line, ast.Assign) else set()
    block = [each for up in [getattr(line, "parent", None)] for each in walk(up) if isinstance(each, ast.Call)]
    squashes += [each for each in block if {*map(ast.unparse, each.args)} & names]
    return any(last_name(each.func) in ("tanh", "relu", "Tanh", "gelu") for each in squashes)


def _is_projected(evidence: Evidence, item: Argument) -> bool:
    """Whether a linear layer gave it as it is."""
    spans = spans_of(evidence, item.span) if item.span is not None else ()
    calls = [(span, call_of(span)) for span in (*((item.span,) if item.span is not None else ()), *spans)]
    return any(call is not None and kind_of(evidence, piece(span, call.func)) == "Linear" for span, call in calls)
