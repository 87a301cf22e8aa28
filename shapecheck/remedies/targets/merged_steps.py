"""Steps merged into rows on one side of a loss or comparison, side by side on the other: merged there in that order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, Shape, failed, operand, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.samples.merged_order import UNKNOWN_ORDER, merged_order, samples_lead
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.targets.joined_along_samples import joins_steps

CAUSE = "merged_on_one_side_only"
_COMPARED = ("eq", "ne")
_GUESS = re.compile(r"\.(argmax|max|topk)\(")
_COST = 0.05


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two operands of as many numbers.

    Args:
        merged: The one that has a row for each step.
        whole: The one that has an axis for the samples and one for the steps.
        is_guess: Whether it is the merged one that came out of a model.
    """

    merged: Argument
    whole: Argument
    is_guess: bool


def candidates(evidence: Evidence) -> list[Candidate]:
    """The axes merged in the order in which they were on the other side."""
    if joins_steps(evidence):
        return []
    return [each for pair in _pairs(evidence) for each in _merged(evidence, pair)]


def _pairs(evidence: Evidence) -> Iterator[_Pair]:
    operation = failed(evidence, *SAME_SHAPE_LOSSES, *_COMPARED)
    if operation is None:
        return
    given, target = operand(operation, "input"), operand(operation, "target")
    if given is not None and target is not None:
        sides = [_Pair(given, target, True), _Pair(target, given, False)]
    else:
        operands = tensors(operation)
        sides = [_Pair(*two, _is_guess(evidence, two[0])) for two in (operands, operands[::-1]) if len(two) == 2]
    for pair in sides:
        rows, steps = sizes_of(pair.merged), sizes_of(pair.whole)
        if (
            rows
            and len(steps) > 1
            and 1 not in steps[:2]
            and rows[0] == steps[0] * steps[1]
            and prod(rows) == prod(steps)
        ):
            yield pair


def _is_guess(evidence: Evidence, item: Argument) -> bool:
    spans = spans_of(evidence, item.span)
    return any(_GUESS.search(each.text) for each in spans)


def _merged(evidence: Evidence, pair: _Pair) -> Iterator[Candidate]:
    rows, steps, role = sizes_of(pair.merged), sizes_of(pair.whole), pair.whole.role
    if steps[2:] != rows[1:] and rows[1:] not in ((), (1,)):
        return
    if steps[2:] == rows[1:]:
        text = ".flatten(0, 1)" if len(steps) > 2 else ".flatten()"
    else:
        text = ".reshape(-1, 1)" if len(rows) == 2 else ".flatten()"
    is_turned = _is_turned(evidence, pair, steps[:2])
    if is_turned:
        text = (".t()" if len(steps) == 2 else ".transpose(0, 1)") + text
    trial = [*([Step("transpose", role, (0, 1))] if is_turned else []), Step("reshape", role, rows)]
    for each in put_behind(evidence, pair.whole, text, trial, cost=_COST):
        yield replace(each, doubt=UNKNOWN_ORDER if is_turned is None else "")


def _is_turned(evidence: Evidence, pair: _Pair, sizes: Shape) -> bool | None:
    """Whether the axis that lies first in the one is the second of those that were merged in the other."""
    if sizes[0] == sizes[1]:
        return None
    if (leads := samples_lead(evidence, pair.merged, sizes)) is not None:
        return not leads
    order = merged_order(evidence, pair.merged) if pair.is_guess else None
    return None if order is None else order == sizes[::-1]
