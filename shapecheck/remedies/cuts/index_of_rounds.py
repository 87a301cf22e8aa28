"""What a loop counts, taken along another axis than the loop goes along: ``pred[:, i]`` for ``pred[:, :, i]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import takes_all
from shapecheck.reading.failing import (
    CELLS,
    INDEX_LOSSES,
    RECURRENT,
    SAME_SHAPE_LOSSES,
    failed,
    features_taken,
    operand,
)
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, both_ways, sizes_of, without_axis
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import found_at, items_of, parents, walk
from shapecheck.reading.steps.rounds_counted import rounds_of
from shapecheck.reading.ways_back import spans_behind

CAUSE = "item_of_wrong_axis"
_COST = 0.01
_NOT_COUNTED = "how many rounds the loop has is not known, and so not which axis it goes along"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The same round of the only axis that leaves what the other operand has, or as wide as a layer reads."""
    layer = failed(evidence, "Linear", *RECURRENT, *CELLS)
    item = operand(layer, "input")
    if layer is not None and item is not None:
        found = list(_elsewhere(evidence, item, (*sizes_of(item)[:-1], features_taken(layer))))
        if found:
            return found
    pairs = both_ways(failed(evidence, *ELEMENTWISE, *SAME_SHAPE_LOSSES))
    found = [each for item, other in pairs for each in _elsewhere(evidence, item, sizes_of(other))]
    operation = failed(evidence, *INDEX_LOSSES, *RECURRENT, *CELLS, *JOINS)
    items = operation.arguments if operation is not None and operation.arguments else ()
    places = [item.span for item in items if item.span is not None]
    return [*found, *_along_counted(evidence, places), *_all_in_loop(evidence)]


def _all_in_loop(evidence: Evidence) -> Iterator[Candidate]:
    """The labels of all steps in a loop over these very steps: ``loss(output, y[:, t])`` for ``loss(output, y)``."""
    operation = failed(evidence, *INDEX_LOSSES)
    labels, scores = operand(operation, "target"), operand(operation, "input")
    source, node = found_at(labels.span) if labels is not None and labels.span is not None else (None, None)
    if source is None or labels is None or labels.span is None or not isinstance(node, ast.Name):
        return
    sizes, wanted = sizes_of(labels), sizes_of(scores)
    if len(sizes) != 2 or wanted[:1] != sizes[:1] or len(wanted) != 2 or sizes[0] == sizes[1]:
        return
    for up in parents(node):
        counts = up.target.id if isinstance(up, ast.For) and isinstance(up.target, ast.Name) else ""
        asks = isinstance(up, ast.For) and any(
            isinstance(each, ast.Attribute) and ast.unparse(each.value) == node.id for each in walk(up.iter)
        )
        if counts and asks and rounds_of(evidence, source, node, counts) == sizes[1]:
            text = f"{node.id}[:, {counts}]"
            trial = (Step("stand_in", "target", sizes[:1]),)
            yield Candidate(text, (Change(labels.span, text),), trial, _COST)
            return


def _along_counted(evidence: Evidence, places: list[Span]) -> Iterator[Candidate]:
    """An item of the samples, or all of them, by what counts the steps of that very tensor: ``y[:, t]``."""
    for span in spans_behind(evidence, *places):
        source, node = found_at(span)
        if source is None or not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Name):
            continue
        sizes = sizes_of(held_around(evidence, source, node).get(ast.unparse(node.value)))
        rounds = rounds_of(evidence, source, node, node.slice.id)
        if len(sizes) > 1 and rounds is not None and rounds == sizes[1] != sizes[0] and rounds not in sizes[2:]:
            text = f"{source.span(node.value).text}[:, {node.slice.id}]"
            yield Candidate(text, (Change(span, text),), (), _COST)
            return


def _elsewhere(evidence: Evidence, item: Argument, wanted: tuple[int, ...]) -> Iterator[Candidate]:
    for span in spans_behind(evidence, item.span):
        source, node = found_at(span)
        if source is None or not isinstance(node, ast.Subscript):
            continue
        held = held_around(evidence, source, node).get(ast.unparse(node.value))
        sizes = sizes_of(held)
        parts = items_of(node.slice)
        at = len(parts) - 1
        if not sizes or at >= len(sizes) or not all(map(takes_all, parts[:-1])) or not isinstance(parts[at], ast.Name):
            continue
        if without_axis(sizes, at) != sizes_of(item):
            continue
        fitting = [axis for axis in range(len(sizes)) if without_axis(sizes, axis) == wanted]
        rounds = rounds_of(evidence, source, node, ast.unparse(parts[at]))
        if len(fitting) != 1 or not wanted or rounds not in (None, sizes[fitting[0]]):
            return
        text = f"{source.span(node.value).text}[{', '.join([':'] * fitting[0] + [ast.unparse(parts[at])])}]"
        doubt = "" if rounds is not None else _NOT_COUNTED
        yield Candidate(text, (Change(span, text),), (), _COST + 0.4 * bool(doubt), doubt)
        return
