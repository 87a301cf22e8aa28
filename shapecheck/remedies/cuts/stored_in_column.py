"""Numbers that are stored in a place with an axis of one more: ``actions[t, :, 0]`` for ``actions[t]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import place_behind, suffixed
from shapecheck.reading.failing import Shape, failed, operand
from shapecheck.reading.mismatches import without_axis
from shapecheck.reading.sizes.said_sizes import stored
from shapecheck.reading.sources import found_at, node_at, statement_of, walk

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """The axis of one put in behind what is stored, or the place of it named where several are stored at once."""
    operation, said = failed(evidence, "__setitem__"), stored(evidence)
    if operation is None or said is None:
        return []
    place, given = said
    missing = [axis for axis, size in enumerate(place) if size == 1 and without_axis(place, axis) == given]
    if len(missing) != 1 or 1 in given:
        return []
    value, index = operand(operation, "value"), operand(operation, "index")
    if value is not None and value.span is not None and _is_whole(value.span):
        change = suffixed(value.span, f".unsqueeze({missing[0] - len(place)})")
        return [Candidate(change.text, (change,), (), _COST)]
    return list(_at_place(index.span if index is not None else None, place, missing[0]))


def _is_whole(span: Span) -> bool:
    """Whether what is stored is all that stands on the right of one place."""
    line = statement_of(found_at(span)[1])
    return isinstance(line, ast.Assign) and not isinstance(line.targets[0], ast.Tuple | ast.List)


def _at_place(index: Span | None, place: Shape, axis: int) -> Iterator[Candidate]:
    """The one place of the axis, in the index of the buffer."""
    node = node_at(index)
    if (
        index is None
        or node is None
        or any(isinstance(each, ast.Constant) and each.value is ... for each in walk(node))
    ):
        return
    before = ":, " * axis if axis < len(place) - 1 else "..., "
    text = f", {before}0"
    yield Candidate(f"[{index.text}{text}]", (Change(place_behind(index), text),), (), _COST)
