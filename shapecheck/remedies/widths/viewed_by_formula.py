"""Rows that hold a part of a sample each, since the width that they were viewed by was reckoned too small."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.reckoning import reckoned_number
from shapecheck.reading.sources import found_at, walk
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.widths.reckoned import reckoned

CAUSE = "flat_width_written_down"
_COST = 0.06
_SMALLER = "something that makes the maps smaller may have been left out before they are viewed"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The arithmetic of the width mended, where a loss has so many times more rows than targets."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    given = operand(operation, "input")
    target = operand(operation, "target")
    have, want = (sizes_of(each)[:1] if each is not None else () for each in (given, target))
    if given is None or given.span is None or not have or not want or not want[0]:
        return []
    if have[0] <= want[0] or have[0] % want[0]:
        return []
    return list(_of_views(evidence, given.span, have[0] // want[0]))


def _of_views(evidence: Evidence, given: Span, factor: int) -> Iterator[Candidate]:
    for span in spans_behind(evidence, given):
        tree = expression(span.text)
        for node in walk(tree):
            yield from _of_view(evidence, span, node, factor)


def _of_view(evidence: Evidence, span: Span, node: ast.AST, factor: int) -> Iterator[Candidate]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or len(node.args) != 2:
        return
    if node.func.attr not in ("view", "reshape") or ast.unparse(node.args[0]) != "-1":
        return
    width = piece(span, node.args[1])
    source, place = found_at(width)
    if source is None or place is None or isinstance(place, ast.Constant):
        return
    size = reckoned_number(evidence, source, place)
    if size is None or not _is_of_maps(evidence, width):
        return
    for each in reckoned(evidence, width, size, size * factor, (), cost=_COST):
        if " -> " in each.title:
            yield each.doubted(_SMALLER)


def _is_of_maps(evidence: Evidence, width: Span) -> bool:
    """Whether a width is that of maps that were made smaller: it is reckoned with a quotient."""
    texts = [width.text, *(origin.span.text for origin in trace(evidence, width))]
    nodes = [node for text in texts for node in walk(expression(text))]
    return any(isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv) for node in nodes)
