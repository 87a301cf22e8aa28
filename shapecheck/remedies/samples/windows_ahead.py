"""Windows of a series beside those some steps ahead, the last of which are shorter by just these steps."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.edits import takes_all
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, kind, operand
from shapecheck.reading.mismatches import ELEMENTWISE, sizes_of
from shapecheck.reading.sources import Source, function_around, items_of, last_name, statement_of, user_sources, walk
from shapecheck.reading.sums import added_up, apart
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.samples.windows import shifted_windows

_COST = 0.0
_WHOLE = "the loop may be meant to end before the last window, which is shorter than the others"
_Window = tuple[ast.Subscript, int, ast.Slice]


def candidates(evidence: Evidence) -> list[Candidate]:
    """``x[:-1][i : i + n]`` beside ``x[i + 1 : i + 1 + n]``."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES, *ELEMENTWISE)
    places = [item.span for item in (operation.arguments if operation is not None else ()) if item.span is not None]
    # A rest that is reckoned, and too long, is told where it is.
    if operation is None or len(places) < 2 or any(True for _ in shifted_windows(evidence, cost=_COST)):
        return []
    behind = [*spans_behind(evidence, *places)]
    return [way for source in user_sources(evidence) for way in _shortened(source, behind, operation)]


def _lacks(operation: Operation, steps: int) -> bool:
    """Whether what is compared differs by so many steps at most, and in nothing else; they may be merged with samples.

    Shape:
        scores: (N, C) or (N, C, L) beside labels (N) or (N, L); else two shapes of as many axes.
    """
    pair = [operand(operation, *roles) for roles in (("input", "self"), ("target", "other"))]
    given, wanted = (sizes_of(each) if each is not None else () for each in pair)
    if kind(operation) in INDEX_LOSSES and len(given) == len(wanted) + 1:
        given = (given[0], *given[2:])
    different = [(one, two) for one, two in zip(given, wanted, strict=False) if one != two]
    if len(given) != len(wanted) or len(different) != 1:
        return False
    large, less = max(different[0]), abs(different[0][0] - different[0][1])
    samples = less // steps
    is_merged = len(wanted) == 1 and less % steps == 0 and large % samples == 0 if samples else False
    return less <= steps or is_merged


def _shortened(source: Source, behind: list[Span], operation: Operation) -> Iterator[Candidate]:
    windows = [each for node in walk(source.tree) if (each := _window(node)) is not None]
    windows = [each for each in windows if any(span.holds(source.span(each[0])) for span in behind)]
    for first, axis, cut in windows:
        for other, at, later in windows:
            steps = _steps_between(cut, later)
            is_pair = at == axis and ast.unparse(other.value) == ast.unparse(first.value)
            if not is_pair or steps < 1 or not _lacks(operation, steps):
                continue
            if function_around(first) is not function_around(other):
                continue
            place = source.span(first.value)
            text = f"{place.text}[{':, ' * axis}:-{steps}]"
            doubt = "" if _goes_on_to(source, steps, first) else _WHOLE
            yield Candidate(f"{text}[...]", (Change(place, text),), (), _COST, doubt)


def _window(node: ast.AST) -> _Window | None:
    """What is cut from one step up to another one, along which axis: ``x[:, i : i + n]``."""
    if not isinstance(node, ast.Subscript):
        return None
    parts = items_of(node.slice)
    *before, last = parts
    is_cut = isinstance(last, ast.Slice) and last.lower is not None and last.upper is not None and last.step is None
    return (node, len(before), last) if is_cut and isinstance(last, ast.Slice) and all(map(takes_all, before)) else None


def _steps_between(cut: ast.Slice, later: ast.Slice) -> int:
    """How many steps one window lies behind another one that is as long; 0 where it does not."""
    if cut.lower is None or cut.upper is None or later.lower is None or later.upper is None:
        return 0
    begins = apart(added_up(later.lower), added_up(cut.lower))
    ends = apart(added_up(later.upper), added_up(cut.upper))
    return begins[""] if begins == ends and set(begins) == {""} else 0


def _goes_on_to(source: Source, steps: int, window: ast.AST) -> bool:
    """Whether the loop over windows goes on, some steps at a time, to the last step that has so many behind it."""
    home = function_around(window)
    called = home.name if home is not None else ""
    for call in source.calls("range"):
        if len(call.args) == 3:
            stop = added_up(call.args[1])
            loop = [*walk(statement_of(call) or call)]
            is_of_windows = window in loop or any(
                isinstance(each, ast.Call) and called and last_name(each.func) == called for each in loop
            )
            if is_of_windows and stop[""] == -steps and len(stop) == 2 and len(added_up(call.args[2])) == 1:
                return True
    return False
