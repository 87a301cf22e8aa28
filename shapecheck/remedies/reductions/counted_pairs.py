"""Counts of pairs that are to make a table, counted for single classes: ``bincount(n * a + b, minlength=n)``."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import argument, bracketed, expression, piece
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sizes.sizes_told import asked_sizes
from shapecheck.reading.sources import last_name

_COST = 0.04


def candidates(evidence: Evidence) -> list[Candidate]:
    """``minlength=n * n`` where the counts are viewed as a table of n by n."""
    operation = failed(evidence, "reshape", "view")
    item = operand(operation, "self", "input")
    written = [each.span for each in asked_sizes(operation)] if operation is not None else []
    if item is None or item.span is None or len(written) != 2 or written[0] is None or written[1] is None:
        return []
    rows, columns = written[0].text, written[1].text
    for place in spans_of(evidence, item.span):
        node = expression(place.text)
        while (
            isinstance(node, ast.Call) and last_name(node.func) != "bincount" and isinstance(node.func, ast.Attribute)
        ):
            node = node.func.value
        if not isinstance(node, ast.Call) or last_name(node.func) != "bincount":
            continue
        least = argument(piece(place, node), "minlength", None)
        if least is not None and least.text in (rows, columns):
            text = f"{bracketed(rows)} ** 2" if rows == columns else f"{bracketed(rows)} * {bracketed(columns)}"
            return [Candidate(f"minlength={text}", (Change(least, text),), (), _COST)]
    return []
