"""Tells whether several tokens were drawn at once for the only sample, as a search over several beams does."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import last_name, walk

BRANCHES = "several that were drawn for the only sample may go on apart, each with a state of its own"
_DRAWS = ("topk", "multinomial", "sort", "argsort")


def are_drawn_at_once(evidence: Evidence, place: Span) -> bool:
    """Whether the tokens that an expression stands for are several of one draw.

    Args:
        evidence: The problem.
        place: The tokens where they are handed on.
    """
    spans = spans_of(evidence, place, through=True, parts=True)
    nodes = (each for span in spans for each in walk(expression(span.text)))
    return any(isinstance(each, ast.Call) and last_name(each.func) in _DRAWS for each in nodes)
