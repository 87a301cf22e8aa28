"""A difference of two tensors along two axes, where the line beside it asks both along one: a slip of the pen."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed
from shapecheck.reading.sizes.asked_sizes import ASKED
from shapecheck.reading.sources import function_around, node_at, source_of, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.1
_OTHER_ONE = "it may be the other one of the two that is asked along the wrong axis"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``skip.size(3) - small.size(3)`` for ``skip.size(3) - small.size(2)``, and the other way round."""
    operation = failed(evidence)
    places = [item.span for item in operation.arguments if item.span is not None] if operation is not None else []
    return [each for span in spans_behind(evidence, *places) for each in _asked_alike(span)] if places else []


def _asked_alike(span: Span) -> Iterator[Candidate]:
    tree = expression(span.text)
    for node in walk(tree):
        axes = _axes(node)
        if axes is None or axes[0] == axes[1]:
            continue
        source = source_of(span.file)
        home = function_around(node_at(span)) or (source.tree if source is not None else ast.Pass())
        beside = [found for each in walk(home) if (found := _axes(each)) is not None]
        used = {one for one, other in beside if one == other}
        if not used:
            continue
        left, right = piece(span, node.left), piece(span, node.right)  # type: ignore[attr-defined]
        for place, axis in ((right, axes[0]), (left, axes[1])):
            # What the line beside it counts is counted there already.
            doubt = _OTHER_ONE if axis in used else ""
            text = re.sub(r"\d+(?=[)\]]$)", str(axis), place.text)
            yield Candidate(
                f"{place.text} -> {text}", (Change(place, text),), (), _COST + (0.2 if doubt else 0.0), doubt
            )


def _axes(node: ast.AST) -> tuple[int, int] | None:
    """The axes along which a difference asks two tensors; None if it is none."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Sub):
        return None
    found = [ASKED.fullmatch(ast.unparse(each)) for each in (node.left, node.right)]
    if None in found or found[0].group(1) == found[1].group(1):  # type: ignore[union-attr]
        return None
    axes = [each.group(2) or each.group(3) for each in found if each is not None]
    return (int(axes[0]), int(axes[1])) if all(axes) else None
