"""Where a target loses its first steps on its way from the data to the loss, and what leaves such a cut out."""

from __future__ import annotations

import linecache
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.steps.asked import MOVES, PADS, Own, padded
from shapecheck.capture.recording.replay import Run, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import statement_at
from shapecheck.findings import Edit


def front_cuts(step: Step, own: Own) -> list[Node]:
    """The operations of the step that leave out first steps of a target, the earliest first."""
    moves = moved_by(step, own.meetings[0].target, MOVES | PADS)
    if not moves:
        return []
    source = moves[0].parents[0]
    shape = step.tape.shape(source)
    if len(shape) <= own.axis:
        return []
    value = step.value(source)
    numbers = value.new_zeros(shape).long()
    for item in range(shape[own.axis]):
        numbers.select(own.axis, item).fill_(item)
    pads: dict[int, Run] = {node.index: padded for node in moves if node.name in PADS}
    order = [node.index for node in moves]
    values = {source: numbers} | replay(step.tape, order, {source: numbers}, pads, step.run())
    passed = [values[ref] for ref in (source, *(_next(moves, at) for at in range(len(moves))))]
    firsts = [_first(value) for value in passed]
    return [node for node, before, after in zip(moves, firsts, firsts[1:], strict=False) if after > before]


def _first(numbers: Tensor) -> int:
    """The first step that is left; where all sequences lie in one row that of the first one, whatever went over."""
    known = numbers[numbers >= 0]
    if not known.numel():
        return 0
    return int(known[0] if numbers.ndim == 1 else known.min())


def moved_by(step: Step, ref: Ref, names: frozenset[str] = MOVES) -> list[Node]:
    """The operations of the step that a tensor went through and that only move numbers, the earliest first.

    Args:
        step: The step.
        ref: The tensor.
        names: What is gone through; a padding moves numbers too, and sets others beside them.
    """
    found: list[Node] = []
    while ref.node in step.order and step.node(ref.node).name in names and step.node(ref.node).parents:
        found.append(step.node(ref.node))
        ref = found[-1].parents[0]
    return found[::-1]


def _next(moves: list[Node], at: int) -> Ref:
    return moves[at + 1].parents[0] if at + 1 < len(moves) else Ref(moves[at].index)


def left_out(step: Step, own: Own, cut: Node) -> tuple[dict[int, Run], tuple[Edit, ...]]:
    """What leaves a cut of a target out, with the cut of the predictions that stands in the same statement."""
    if cut.spot is None:
        return {}, ()
    statement = statement_at(cut.spot.code.co_filename, cut.spot.line)
    around = [node for node in moved_by(step, own.meetings[0].predicted) if _stands_in(node, statement)]
    cuts = [node for node in (cut, *around) if node.name == "__getitem__"]
    return {node.index: _as_it_was for node in cuts}, _without(cuts)


def _stands_in(node: Node, statement: object) -> bool:
    spot = node.spot
    return spot is not None and statement is not None and statement_at(spot.code.co_filename, spot.line) is statement


def _as_it_was(value: Any, *_: Any) -> Any:
    return value


def _without(cuts: list[Node]) -> tuple[Edit, ...]:
    """The edit of one line that leaves brackets out."""
    spans = sorted({node.spot.span for node in cuts if node.spot is not None}, key=lambda span: -span.column)
    if not spans or len({(span.line, span.end_line) for span in spans}) > 1 or spans[0].line != spans[0].end_line:
        return ()
    row = linecache.getline(spans[0].file, spans[0].line)
    if not row.isascii():
        return ()
    for span in spans:
        head, bracket, _ = span.text.rpartition("[")
        if not bracket or not span.text.endswith("]") or row[span.column : span.end_column] != span.text:
            return ()
        row = row[: span.column] + head + row[span.end_column :]
    return (Edit(spans[0].file, spans[0].line, spans[0].line, row.rstrip("\n")),)
