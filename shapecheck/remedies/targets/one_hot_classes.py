"""Labels made one-hot with fewer classes than they name: grey levels, labels from one on, a count that is too small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import told_to
from shapecheck.reading.edits import bracketed, expression, is_number, piece
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import last_name, walk
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.targets.counted_labels import FROM_ONE_OR_MORE, OFTEN, moved
from shapecheck.remedies.targets.grey_labels import levels

_COST = 0.05
# What puts a number in place of others, and behind how many arguments it stands.
_MARKED = {"masked_fill": 1, "masked_fill_": 1, "where": 0, "full_like": 0, "full": 1, "fill_": 0, "new_full": 1}
_TOO_FEW = "the labels may hold what is no class, or be counted from another number"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``masks // 255`` for ``F.one_hot(masks, 2)``; ``labels - 1`` where they count from one."""
    operation = failed(evidence, "one_hot")
    item, told = operand(operation, "tensor", "input", "self"), operand(operation, "num_classes")
    if item is None or told is None or told.span is None or not says(evidence, r"smaller than num_classes"):
        return []
    count = int(told.value.text) if told.value.text.isdecimal() else 0
    least, most = (int(item.value.facts.get(each, 0)) for each in ("min", "max"))
    if most < count or not count:
        return []
    if most == count and (others := list(_one_more(evidence, item, told.span))):
        return others
    # So many labels, and none of them is 0.
    doubt = "" if prod(sizes_of(item)) >= OFTEN * count else FROM_ONE_OR_MORE
    return [
        *levels(evidence, item, count, cost=_COST),
        *(moved(evidence, item, -1, cost=0.1, doubt=doubt) if least >= 1 and most == count else ()),
        *_more_classes(evidence, item, told.span, most),
    ]


def _one_more(evidence: Evidence, item: Argument, told: Span) -> Iterator[Candidate]:
    """A class more for what is none, where that is marked by the very number of classes."""
    same = {told.text, *(each.span for each in trace(evidence, told))}
    for span in spans_behind(evidence, item.span):
        for call in walk(expression(span.text)):
            filled = _MARKED.get(last_name(call.func)) if isinstance(call, ast.Call) else None
            given = told_to(call)[filled:] if filled is not None and isinstance(call, ast.Call) else []
            places = [piece(span, each) for each in given]
            if any({each.text, *(it.span for it in trace(evidence, each))} & same for each in places):
                text = f"{bracketed(told.text)} + 1"
                yield Candidate(f"num_classes={text}", (Change(told, text),), (), _COST)
                return


def _more_classes(evidence: Evidence, item: Argument, told: Span, most: int) -> Iterator[Candidate]:
    """The number of classes as large as the labels of this batch need, where it is written."""
    written = next((each for each in (told, *(it.span for it in trace(evidence, told))) if is_number(each.text)), None)
    if written is not None and written.text.isdecimal():
        doubt = FROM_ONE_OR_MORE if item.value.facts.get("min", 0) >= 1 else _TOO_FEW
        yield Candidate(f"{written.text} -> {most + 1}", (Change(written, str(most + 1)),), (), 0.4, doubt)
