"""Steps that are filled up by what is left over, not by what is missing to a whole number of windows."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import bracketed, expression, piece
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.sources import items_of, last_name, walk
from shapecheck.reading.vocabulary import CONSTANTS
from shapecheck.reading.ways_back import spans_behind

_FILLS = ("pad", *CONSTANTS)
_CUTS = ("view", "reshape", "unflatten", "rearrange", "as_strided")
_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """``pad(x, (0, -steps % window))`` for ``pad(x, (0, steps % window))``, where windows are cut behind it."""
    operation = failed(evidence, *_CUTS)
    places = [each.span for each in tensors(operation) if each.span is not None] if operation is not None else []
    spots = dict.fromkeys(spot for span in spans_behind(evidence, *places) for spot in _rests(evidence, span))
    return [Candidate(text, (Change(spot, text),), (), _COST) for spot in spots if (text := _missing(spot))]


def _rests(evidence: Evidence, span: Span) -> Iterator[Span]:
    """What is left over of a division, in a call that fills up, or behind a name that stands there."""
    for call in walk(expression(span.text)):
        if not isinstance(call, ast.Call) or last_name(call.func) not in _FILLS:
            continue
        sizes = [part for each in call.args for part in items_of(each)]
        for size in sizes:
            place = piece(span, size)
            for spot in (place, *(each.span for each in evidence.chains.get(place, ())[:1])):
                if isinstance(node := expression(spot.text), ast.BinOp) and isinstance(node.op, ast.Mod):
                    yield spot


def _missing(spot: Span) -> str:
    """What is missing for what is left over; nothing where it is that already: ``-steps % window``."""
    node = expression(spot.text)
    if not isinstance(node, ast.BinOp) or isinstance(node.left, ast.UnaryOp | ast.BinOp):
        return ""
    return f"-{bracketed(ast.unparse(node.left))} % {ast.unparse(node.right)}"
