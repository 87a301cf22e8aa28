"""A width that is nothing, because the smaller number was divided by the larger one: ``heads // width``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import says
from shapecheck.remedies.widths.arithmetic import worked_out

_COST = 0.02
_OF_NOTHING = (r"\b0\b", r"\b\d+x0\b|\b0x\d+", r"positive|divisible")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The larger number divided by the smaller one."""
    if says(evidence, *_OF_NOTHING) is None:
        return []
    places = dict.fromkeys(origin.span for origins in evidence.chains.values() for origin in origins)
    return [each for place in places for each in _turned(evidence, place)]


def _turned(evidence: Evidence, place: Span) -> Iterator[Candidate]:
    tree = expression(place.text)
    for node in ast.walk(tree) if tree is not None else ():
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.FloorDiv):
            continue
        spans = piece(place, node.left), piece(place, node.right)
        left, right = (worked_out(evidence, span) for span in spans)
        if left and right and left < right and right % left == 0:
            text = f"{spans[1].text} // {spans[0].text}"
            yield Candidate(text, (Change(piece(place, node), text),), (), _COST)
