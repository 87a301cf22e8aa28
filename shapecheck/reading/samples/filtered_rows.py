"""Whether some samples alone were kept on the way to a tensor: those that a condition, or a mask, lets through."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression
from shapecheck.reading.sources import last_name, walk
from shapecheck.reading.ways_back import spans_behind

_KEEPING = ("nonzero", "argwhere", "masked_select", "flatnonzero", "filter", "compress")


def are_rows_filtered(evidence: Evidence, place: Span | None) -> bool:
    """Whether something behind a tensor leaves rows out by what they hold: ``[s for s in rows if s is not None]``.

    Args:
        evidence: The problem.
        place: The tensor.
    """
    behind = spans_behind(evidence, place) if place is not None else ()
    return any(_leaves_some_out(evidence, node) for span in behind for node in walk(expression(span.text)))


def _leaves_some_out(evidence: Evidence, node: ast.AST) -> bool:
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        return any(each.ifs for each in node.generators)
    if isinstance(node, ast.Call):
        return last_name(node.func) in _KEEPING
    if not isinstance(node, ast.Subscript):
        return False
    return isinstance(node.slice, ast.Compare) or _is_mask(evidence, ast.unparse(node.slice))


def _is_mask(evidence: Evidence, text: str) -> bool:
    held = (frame.names[text].record for frame in evidence.user_frames if text in frame.names)
    return any(record is not None and record.dtype == "bool" for record in held)
