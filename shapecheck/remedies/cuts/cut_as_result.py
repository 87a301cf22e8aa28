"""A tensor that is longer than what it meets, and that a line behind cuts to it, to compare it with what comes out."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import takes_all, whole_number
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of
from shapecheck.reading.sources import found_at, home_around, names_in, parents, statement_of, targets_of, walk

_COST = 0.05
_NEXT = "the next position of each may be meant, and not its own"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``gains = steps + values[:, :n]`` in front of ``loss(values[:, :n], gains)``."""
    return [
        found
        for item, other in both_ways(failed(evidence, *ELEMENTWISE))
        for found in _cut(evidence, item, sizes_of(item), sizes_of(other))
    ]


def _cut(evidence: Evidence, item: Argument, have: tuple[int, ...], want: tuple[int, ...]) -> Iterator[Candidate]:
    source, node = found_at(item.span)
    axes = [axis for axis, size in enumerate(have) if len(have) == len(want) and size != want[axis]]
    if source is None or not isinstance(node, ast.Name) or item.span is None or len(axes) != 1:
        return
    axis, line = axes[0], statement_of(node)
    results = _results(line)
    for each in walk(home_around(node)):
        if not isinstance(each, ast.Subscript) or ast.unparse(each.value) != node.id or statement_of(each) is line:
            continue
        meets = next((up for up in parents(each) if isinstance(up, ast.Call | ast.BinOp)), None)
        if _upper(evidence, each.slice, axis, have[axis]) == want[axis] and results & names_in(meets):
            text = source.span(each).text
            step = Step("item", item.role, (*(":",) * axis, f":{want[axis]}"))
            is_one_more = have[axis] == want[axis] + 1 and not _others_taken(node, each)
            yield Candidate(text, (Change(item.span, text),), (step,), _COST, _NEXT if is_one_more else "")
            return


def _others_taken(node: ast.Name, cut: ast.Subscript) -> bool:
    """Whether other positions of a tensor are taken in the same place: the next ones are then read there."""
    parts = [each for each in walk(home_around(node)) if isinstance(each, ast.Subscript)]
    return any(ast.unparse(each.value) == node.id and ast.unparse(each) != ast.unparse(cut) for each in parts)


def _results(line: ast.stmt | None) -> set[str]:
    """The name that the whole of a line is given."""
    value = line.value if isinstance(line, ast.Assign) else None
    return {each.id for each in targets_of(value) if isinstance(each, ast.Name)} if value is not None else set()


def _upper(evidence: Evidence, index: ast.expr, axis: int, size: int) -> int | None:
    """How many positions of an axis an index takes from its beginning, and all of the others."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    part = parts[axis] if axis < len(parts) else None
    if not isinstance(part, ast.Slice) or part.lower is not None or part.step is not None or part.upper is None:
        return None
    if not all(takes_all(each) for at, each in enumerate(parts) if at != axis):
        return None
    number = whole_number(part.upper)
    if number is not None:
        return number if number >= 0 else size + number
    held = evidence.held.get(ast.unparse(part.upper))
    return int(held.text) if held is not None and held.text.isdecimal() else None
