"""The calls on the way to an operation that failed which give tensors other axes, with what they were told."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Evidence, Shaped
from shapecheck.reading.edits import call_of
from shapecheck.reading.failing import failed
from shapecheck.reading.sources import last_name
from shapecheck.reading.ways_back import spans_behind

VIEWS = ("view", "reshape")


def shaped_behind(evidence: Evidence, *names: str) -> Iterator[tuple[Shaped, ast.Call]]:
    """Those of some names, nearest first, each with the call as it is written.

    Args:
        evidence: The problem.
        names: Names of methods.
    """
    operation = failed(evidence)
    if operation is None or not evidence.shaped:
        return
    places = [operation.span, *(item.span for item in operation.arguments)]
    # What the calls farther out are given is on the way too.
    behind = [*spans_behind(evidence, *places), *(frame.span for frame in evidence.user_frames)]
    for each in evidence.shaped:
        call = call_of(each.span)
        if call is not None and last_name(call.func) in names and any(span.holds(each.span) for span in behind):
            yield each, call
