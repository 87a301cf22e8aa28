"""Changes for a loss that wants the number of a class for each sample, or each step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.edits import suffixed, with_keyword
from shapecheck.reading.failing import INDEX_LOSSES, failed, maker, number, operand
from shapecheck.reading.mismatches import axes_to_squeeze
from shapecheck.reading.one_hot import has_several_classes, marks
from shapecheck.reading.samples.merged_order import UNKNOWN_ORDER, may_be_turned, merged_order, samples_lead
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.reductions.squeezes import named_squeeze
from shapecheck.remedies.targets.counted_labels import (
    FROM_ONE_OR_MORE,
    OFTEN,
    bounds_of,
    counted_from_one,
    made_below,
    moved,
    whole_labels,
)
from shapecheck.remedies.targets.counts import more_scores
from shapecheck.remedies.targets.grey_labels import levels
from shapecheck.remedies.targets.ignored_labels import marked
from shapecheck.remedies.targets.joined_along_samples import OTHER_ORDER, joins_steps
from shapecheck.remedies.targets.label_tables import MAY_HOLD_MORE, counted_by_table
from shapecheck.remedies.targets.last_left_out import last_targets
from shapecheck.remedies.targets.marks_of_labels import one_too_far
from shapecheck.remedies.targets.more_outputs import widened
from shapecheck.remedies.targets.next_targets import next_steps
from shapecheck.remedies.targets.numbered_from_one import NUMBERED_FROM_ONE, counts_from_one
from shapecheck.remedies.targets.rows import of_lengths, total_length

CODES = "the labels may be codes that have to be numbered from 0 on, not classes that the model lacks"
_SEVERAL_CLASSES = "some samples have several classes, or none: each class may be a question of its own"
_NEAR = 1e-3
_NUMBERS = "the targets are numbers of any size, and may be meant for a loss that compares numbers"
_FRACTIONS = "the labels hold fractions, which are cut off: no class is between two others"
_FROM_BELOW_OR_IGNORED = "the labels may be counted from below zero, or those below zero may mark what does not count"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for a loss of class numbers that refused its input or its target."""
    operation = failed(evidence, *INDEX_LOSSES)
    given, target = (operand(operation, role) for role in ("input", "target"))
    if operation is None or given is None or target is None or not given.value.record or not target.value.record:
        return []
    return list(_indices(evidence, operation, given, target))


def _indices(evidence: Evidence, operation: Operation, given: Argument, target: Argument) -> Iterator[Candidate]:
    scores, labels = given.value.record, target.value.record
    assert scores is not None
    assert labels is not None
    left, right = scores.shape, labels.shape
    to_long = Step("to", "target", ("int64",))
    dtype = "" if labels.dtype in ("int64", "uint8") else ".long()"
    casts = [to_long] if dtype else []
    if left[:1] + left[2:] == right or (len(left) == 1 and not right):
        if dtype:
            doubt = _FRACTIONS if target.value.facts.get("whole") == 0 else ""
            for each in put_behind(evidence, target, ".long()", [to_long], cost=0.1):
                yield each.doubted(doubt)
        yield from _classes(evidence, operation, given, target)
    facts = target.value.facts
    if right == left and (len(left) >= 2 or (marks(target.value) and facts.get("sum") == 1)):
        axis = min(len(left) - 1, 1)
        doubt = _SEVERAL_CLASSES if has_several_classes(target) else _NUMBERS if _are_numbers(target) else ""
        for each in put_behind(evidence, target, f".argmax({axis})", [Step("argmax", "target", (axis,))], cost=0.1):
            yield each.doubted(doubt)
    ones = axes_to_squeeze(right, left[:1] + left[2:])
    if ones:
        # Behind the samples, or as the channel of an image.
        axis, doubt = ones[-1], _FRACTIONS if dtype and facts.get("whole") == 0 else ""
        steps = [Step("squeeze", "target", (axis,)), *casts]
        for each in put_behind(evidence, target, f".squeeze({axis}){dtype}", steps, cost=0.1, prefer="origin"):
            yield each.doubted(doubt)
    if len(right) >= 2 and len(left) == 2 and prod(right) == left[0]:
        # There is a label for each row: nothing else is wrong.
        order = merged_order(evidence, given) if len(right) == 2 else None
        turned = [Step("transpose", "target", (0, 1))] if order == right[::-1] != right else []
        text = f"{'.t()' if turned else ''}.flatten(){dtype}"
        is_unknown = len(right) == 2 and order is None and may_be_turned(evidence, right, given)
        doubt = OTHER_ORDER if joins_steps(evidence) else UNKNOWN_ORDER if is_unknown else ""
        for each in put_behind(evidence, target, text, [*turned, Step("flatten", "target", ()), *casts], cost=0.3):
            yield replace(each, doubt=doubt)
        return
    if len(right) == 1 and len(left) > 2 and prod(left[:-1]) == right[0]:
        leads = samples_lead(evidence, target, left[:2]) if len(left) == 3 else True
        turn = [Step("transpose", "input", (0, 1))] if leads is False else []
        text = f"{'.transpose(0, 1)' if turn else ''}.flatten(0, {len(left) - 2})"
        doubt = UNKNOWN_ORDER if leads is None and may_be_turned(evidence, left[:2], target) else ""
        for each in put_behind(evidence, given, text, [*turn, Step("flatten", "input", (0, len(left) - 2))], cost=0.2):
            yield each.doubted(doubt)
    if len(left) >= 3 and prod(left[2:]) == 1 and right == left[:1]:
        # Maps of one place, as a pool over all of them leaves: everybody else reads one row a sample as well.
        step = Step("flatten", "input", (1,))
        yield from put_behind(evidence, given, ".flatten(1)", [step], cost=0.02, prefer="origin")
    if len(left) >= 3 and left[:-1] == right and left[1:2] != left[-1:]:
        yield from _class_axis(evidence, given, target, left, casts, dtype)
    if len(left) == 3 and len(right) == 2 and (left[1], left[0]) == right:
        # Time first in the scores, batch first in the labels.
        steps = [Step("permute", "input", (1, 2, 0)), *casts]
        yield from put_behind(evidence, given, ".permute(1, 2, 0)", steps, cost=0.3)
        yield from _flattened(given, target, ".flatten(0, 1)", ".t().flatten()", cost=0.2)
    if len(left) == 3 and 1 in left[:2] and len(right) == 1:
        axis = left.index(1)
        yield from put_behind(evidence, given, f".squeeze({axis})", [Step("squeeze", "input", (axis,))], cost=0.2)
    if len(left) == 1 and len(right) <= 1:
        # One sample without a batch axis: a squeeze lost it.
        yield from named_squeeze(evidence, cost=0.1)
        yield from put_behind(evidence, given, ".unsqueeze(0)", [Step("unsqueeze", "input", (0,))], cost=0.4)
    if len(right) == 0 and len(left) == 2:
        yield from named_squeeze(evidence, cost=0.1)
        yield from put_behind(evidence, target, ".unsqueeze(0)", [Step("unsqueeze", "target", (0,))], cost=0.2)
    if left[:1] != right[:1]:
        yield from of_lengths(evidence, given, target)
    elif len(left) == len(right) + 1:
        if left[2:] < right[1:]:
            yield from total_length(evidence, cost=0.1)
        yield from next_steps(evidence, given, target, cost=0.11)
    yield from last_targets(evidence, given, target, cost=0.1)


def _classes(evidence: Evidence, operation: Operation, given: Argument, target: Argument) -> Iterator[Candidate]:
    """A label outside the classes: counted from one, too few scores, a padding that is not told."""
    record, least, most = given.value.record, target.value.facts.get("min"), target.value.facts.get("max")
    assert record is not None
    if least is None or most is None or not record.shape:
        return
    count = record.shape[1] if len(record.shape) > 1 else record.shape[0]
    if least < 0 and least != -100:
        yield from _below_zero(operation, evidence, target, int(least), int(most), count)
    if most >= count:
        yield from levels(evidence, target, count, cost=0.06)
        yield from marked(evidence, operation, target, int(most), count, cost=0.1)
        yield from one_too_far(evidence, target, int(most), count, cost=0.05)
        tables = counted_by_table(evidence, cost=0.04)
        yield from tables
        # Where 0 is not counted in the loss, it is left free on purpose.
        is_free = number(operation, "ignore_index") == 0 and "ignore_index" in operation.config
        for each in counted_from_one(evidence, target, int(least), int(most), count) if not is_free else ():
            yield each.doubted(MAY_HOLD_MORE if tables else "")
        seen = whole_labels(evidence, count)
        doubt = "" if seen is False or least < 1 or most > count else FROM_ONE_OR_MORE
        if most >= 2 * count and not made_below(evidence, target, int(most) + 1, count):
            doubt = CODES
        # Where nothing is known of the others, labels that end at the number of classes are likelier counted from one.
        more = 0.5 if seen or (seen is None and doubt == FROM_ONE_OR_MORE) else 0.0
        # What they were drawn below says more than the largest of this batch.
        bounds = [each for each in bounds_of(evidence, target) if most < each <= most + 1 + each // 4]
        needed = max((int(most) + 1, *bounds))
        for each in widened(evidence, count, needed):
            yield replace(each, cost=each.cost + more, doubt=doubt)
        for each in more_scores(evidence, count, needed, cost=0.25 + more):
            numbered = NUMBERED_FROM_ONE if counts_from_one(evidence, each.title) else ""
            yield replace(each, doubt=each.doubt or doubt or numbered or (MAY_HOLD_MORE if tables else ""))


def _below_zero(
    operation: Operation, evidence: Evidence, target: Argument, least: int, most: int, count: int
) -> Iterator[Candidate]:
    """Labels below zero: they mark what does not count, or the classes are counted from there on.

    Others read the labels as well, such as a comparison with the guesses, so they are moved where they are made.
    """
    record = target.value.record
    fills_all = count > 1 and most - least == count - 1
    # So many labels, and the last class is not among them.
    is_sure = fills_all and record is not None and prod(record.shape) >= OFTEN * count
    doubt = _FROM_BELOW_OR_IGNORED if fills_all and not is_sure else ""
    if fills_all:
        yield from moved(evidence, target, -least, cost=0.1, doubt=doubt)
    if operation.span is None:
        return
    if operation.name.rpartition(".")[2] in ("cross_entropy", "nll_loss"):
        change = with_keyword(operation.span, "ignore_index", str(least))
        step: tuple[Step, ...] = (Step("keyword", "", ("ignore_index", least)),)
    else:
        origin = maker(evidence, operation)
        change = with_keyword(origin.span, "ignore_index", str(least)) if origin else None
        step = ()
    if change is not None:
        # Of labels that are fewer than the classes most are unseen.
        are_few = record is not None and prod(record.shape) < count
        doubt = _FROM_BELOW_OR_IGNORED if fills_all or are_few else ""
        yield Candidate(f"ignore_index={least}", (change,), step, 0.5 if is_sure else 0.2, doubt)


def _class_axis(
    evidence: Evidence,
    given: Argument,
    target: Argument,
    left: tuple[int, ...],
    casts: list[Step],
    dtype: str,
) -> Iterator[Candidate]:
    last = len(left) - 1
    if last == 2:
        steps = [Step("transpose", "input", (1, 2)), *casts]
        yield from put_behind(evidence, given, ".transpose(1, 2)", steps, cost=0.1)
    else:
        order = (0, last, *range(1, last))
        yield from put_behind(evidence, given, f".permute{order}", [Step("permute", "input", order), *casts], cost=0.1)
    yield from _flattened(given, target, f".flatten(0, {last - 1})", f".flatten(){dtype}", cost=0.3)


def _flattened(given: Argument, target: Argument, left: str, right: str, *, cost: float) -> Iterator[Candidate]:
    if given.span is not None and target.span is not None:
        changes = (suffixed(given.span, left), suffixed(target.span, right))
        yield Candidate(f"{changes[0].text}, {changes[1].text}", changes, (), cost)


def _are_numbers(target: Argument) -> bool:
    """Whether targets hold floats whose rows are known to be no shares of classes: below zero, or of another sum."""
    facts, record = target.value.facts, target.value.record
    if record is None or "float" not in record.dtype:
        return False
    sums = facts.get("row_sum_min"), facts.get("row_sum_max")
    is_share = None not in sums and all(each is not None and abs(each - 1) < _NEAR for each in sums)
    return not is_share and (facts.get("min", 0) < 0 or facts.get("whole") == 0 or None not in sums)
