"""Points whose coordinates lie in front of them, where distances to points are asked for whose coordinates lie last."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Origin
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.turns.features_last import has_classes_second

CAUSE = "features_not_last"
_COST = 0.02
_EITHER = "either of the two may have its points along the wrong axis"
_TURNS = ("transpose", "permute", "swapaxes", "movedim")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``cdist(out.transpose(-2, -1), points)`` where ``out`` came of a convolution, and has its channels second."""
    operation = failed(evidence, "cdist")
    items = [operand(operation, role) for role in ("x1", "x2")] if operation is not None else []
    left, right = items if len(items) == 2 else (None, None)
    if left is None or right is None:
        return []
    pairs = [(item, other) for item, other in ((left, right), (right, left)) if _fits_turned(item, other)]
    known = [pair for pair in pairs if _lies_turned(evidence, *pair)]
    chosen = known if len(known) == 1 else pairs
    doubt = "" if len(chosen) == 1 else _EITHER
    return [replace(way, doubt=way.doubt or doubt) for pair in chosen for way in _turned(evidence, pair[0])]


def _turned(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    step = Step("transpose", item.role, (-2, -1))
    yield from put_behind(evidence, item, ".transpose(-2, -1)", [step], cost=_COST)


def _fits_turned(item: Argument, other: Argument) -> bool:
    """Whether the axis in front of the last one is as long as the coordinates of the other operand."""
    sizes, wanted = sizes_of(item), sizes_of(other)
    return len(sizes) == len(wanted) > 2 and sizes[:-2] == wanted[:-2] and sizes[-2] == wanted[-1]


def _lies_turned(evidence: Evidence, item: Argument, other: Argument) -> bool:
    """Whether an operand came of a convolution, or of a call that was given the other operand turned."""
    if has_classes_second(evidence, item):
        return True
    names = {other.expression, *(each.span.text for each in _behind(evidence, other))}
    for origin in _behind(evidence, item):
        made = expression(origin.span.text)
        for given in made.args if isinstance(made, ast.Call) else ():
            called = given.func if isinstance(given, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr in _TURNS and ast.unparse(called.value) in names:
                return True
    return False


def _behind(evidence: Evidence, item: Argument) -> tuple[Origin, ...]:
    return trace(evidence, item.span, parts=True)
