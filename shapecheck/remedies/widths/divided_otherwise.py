"""A width that is nothing, because the smaller number was divided by the larger one: ``heads // width``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed, says
from shapecheck.reading.sources import function_around, node_at, source_of, walk
from shapecheck.reading.ways_back import every_origin

_COST = 0.02
_NOT_LESS = "the smaller number may be divided rightly, and what is left have to be one at least"
_OF_NOTHING = (r"\b0\b", r"\b\d+x0\b|\b0x\d+", r"positive|divisible")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The larger number divided by the smaller one."""
    if says(evidence, *_OF_NOTHING) is None:
        return []
    return [each for place in every_origin(evidence) for each in _turned(evidence, place)]


def _turned(evidence: Evidence, place: Span) -> Iterator[Candidate]:
    tree = expression(place.text)
    for node in walk(tree):
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.FloorDiv):
            continue
        spans = piece(place, node.left), piece(place, node.right)
        left, right = (worked_out(evidence, span) for span in spans)
        if left and right and left < right and right % left == 0:
            text = f"{spans[1].text} // {spans[0].text}"
            # A view has to hold all numbers, so that one alone would not do.
            is_sure = failed(evidence, "view", "reshape") is not None or (
                _is_a_size(spans[1]) and not _is_a_size(spans[0])
            )
            yield Candidate(text, (Change(piece(place, node), text),), (), _COST, "" if is_sure else _NOT_LESS)


def _is_a_size(span: Span) -> bool:
    """Whether a number is what something is made with in the same function, undivided."""
    source = source_of(span.file)
    home = function_around(node_at(span)) or (source.tree if source is not None else None)
    calls = (each for each in walk(home) if isinstance(each, ast.Call)) if home is not None else ()
    return any(ast.unparse(part) == span.text for call in calls for part in call.args)
