"""A sum, a mean or an argmax along one axis, where another was meant."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.where_made import made_or_written


def other_axis_reduced(evidence: Evidence, item: Argument, *, cost: float) -> Iterator[Candidate]:
    """A sum, a mean or an argmax along one axis, where another was meant."""
    for origin in made_or_written(evidence, item):
        node = expression(origin.span.text)
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in ("argmax", "argmin", "max", "min", "mean", "sum", "median"):
            continue
        given = [*node.args, *(each.value for each in node.keywords if each.arg in ("dim", "axis"))]
        for part in given[-1:]:
            if isinstance(part, ast.Constant) and type(part.value) is int:
                span = piece(origin.span, part)
                for new in ("1", "0", "2", "-1"):
                    if new != span.text:
                        yield Candidate(
                            f"dim {span.text} -> {new}",
                            (Change(span, new),),
                            (),
                            cost,
                            cause="reduced_along_other_axis",
                        )
