"""Losses: the target's axes, dtype and length against the prediction's, and the class axis."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from math import prod

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.compared.other_readers import likelier_place
from shapecheck.reading.edits import suffixed, with_keyword
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, maker, operand
from shapecheck.reading.handed_on import is_read_elsewhere
from shapecheck.reading.mismatches import axes_to_squeeze, with_exchanged
from shapecheck.reading.one_hot import has_several_classes, marks
from shapecheck.reading.samples.merged_order import UNKNOWN_ORDER, may_be_turned, merged_order, samples_lead
from shapecheck.reading.sources import found_at, user_sources
from shapecheck.reading.steps.walked_steps import ONE_OF_MANY, walks
from shapecheck.reading.where_made import literals
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.reductions.squeezes import named_squeeze
from shapecheck.remedies.targets.counted_labels import (
    FROM_ONE_OR_MORE,
    OFTEN,
    READ_ELSEWHERE,
    counted_from_one,
    moved,
    whole_labels,
)
from shapecheck.remedies.targets.counts import more_scores
from shapecheck.remedies.targets.ctc import of_ctc
from shapecheck.remedies.targets.grey_labels import levels
from shapecheck.remedies.targets.ignored_labels import marked
from shapecheck.remedies.targets.joined_along_samples import OTHER_ORDER, joins_steps
from shapecheck.remedies.targets.label_tables import MAY_HOLD_MORE, counted_by_table
from shapecheck.remedies.targets.last_left_out import last_targets
from shapecheck.remedies.targets.marks_of_labels import one_too_far
from shapecheck.remedies.targets.next_targets import next_steps
from shapecheck.remedies.targets.one_hot_labels import one_hot_for_all
from shapecheck.remedies.targets.rows import filled_alike, of_lengths, total_length
from shapecheck.remedies.turns.two_axes_exchanged import rolled_as

CODES = "the labels may be codes that have to be numbered from 0 on, not classes that the model lacks"
_FOR_ALL = "each number along the last axis is held against one label, and their mean or largest one may be meant"
_SEVERAL_CLASSES = "some samples have several classes, or none: each class may be a question of its own"
_FRACTIONS = "the labels hold fractions, which are cut off: no class is between two others"
_FROM_BELOW_OR_IGNORED = "the labels may be counted from below zero, or those below zero may mark what does not count"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for a loss that refused its input or its target."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES, "CTCLoss", "ctc_loss")
    if operation is None:
        return []
    if operation.name.rpartition(".")[2] in ("CTCLoss", "ctc_loss"):
        return list(of_ctc(evidence, operation))
    given, target = operand(operation, "input"), operand(operation, "target")
    if given is None or target is None or given.value.record is None or target.value.record is None:
        return []
    if operation.name.rpartition(".")[2] in INDEX_LOSSES:
        return list(_indices(evidence, operation, given, target))
    return list(_same(evidence, operation, given, target))


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
        doubt = _SEVERAL_CLASSES if has_several_classes(target) else ""
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
    if left[0] != (right[0] if right else None):
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
        for each in counted_from_one(evidence, target, int(least), int(most), count):
            yield each.doubted(MAY_HOLD_MORE if tables else "")
        seen = whole_labels(evidence, count)
        doubt = "" if seen is False or least < 1 or most > count else FROM_ONE_OR_MORE
        if most >= 2 * count:
            doubt = CODES
        # Where nothing is known of the others, labels that end at the number of classes are likelier counted from one.
        more = 0.5 if seen or (seen is None and doubt == FROM_ONE_OR_MORE) else 0.0
        for each in widened(evidence, count, int(most) + 1):
            yield replace(each, cost=each.cost + more, doubt=doubt)
        for each in more_scores(evidence, count, int(most) + 1, cost=0.25 + more):
            yield replace(each, doubt=each.doubt or doubt or (MAY_HOLD_MORE if tables else ""))


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


def widened(evidence: Evidence, have: int, want: int) -> Iterator[Candidate]:
    """More outputs for the layer that gives the scores: the last Linear made with that many."""
    for source in user_sources(evidence):
        calls = sorted(source.calls("Linear", "LazyLinear"), key=lambda call: -call.lineno)
        for at, call in enumerate(calls):
            position = 1 if ast.unparse(call.func).endswith("Linear") and "Lazy" not in ast.unparse(call.func) else 0
            given_size = call.args[position] if position < len(call.args) else None
            for keyword in call.keywords:
                if keyword.arg == "out_features":
                    given_size = keyword.value
            if given_size is None:
                continue
            span = source.span(given_size)
            for number in literals(evidence, span):
                if int(number.text) == have:
                    yield Candidate(f"{number.text} -> {want}", (Change(number, str(want)),), (), 0.3 + 0.05 * at)


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


def _same(evidence: Evidence, operation: Operation, given: Argument, target: Argument) -> Iterator[Candidate]:
    """Losses that want equal shapes and float targets."""
    prediction, wanted = given.value.record, target.value.record
    assert prediction is not None
    assert wanted is not None
    left, right = prediction.shape, wanted.shape
    dtype = "" if wanted.dtype == prediction.dtype else ".float()" if prediction.dtype == "float32" else ".double()"
    casts = [Step("to", "target", (prediction.dtype,))] if dtype else []
    if not left and right == (1,):
        yield from named_squeeze(evidence, cost=0.05)
    if left != right:
        yield from filled_alike(evidence, given, target, cost=0.15)
    if left == right and dtype:
        yield from put_behind(evidence, target, dtype, casts, cost=0.1)
        return
    for axis in reversed(axes_to_squeeze(left, right)):
        text = f".unsqueeze({axis}){dtype}"
        steps = [Step("unsqueeze", "target", (axis,)), *casts]
        place = likelier_place(evidence, target)
        yield from put_behind(evidence, target, text, steps, cost=0.1, prefer=place)
        squeezed = [Step("squeeze", "input", (axis,)), *casts]
        if not dtype:
            yield from put_behind(evidence, given, f".squeeze({axis})", squeezed, cost=0.3)
    if len(left) > len(right) + 1 and left == (*right, *[1] * (len(left) - len(right))):
        # A convolution as large as its map leaves one place; the axis of the samples stays, also of a single one.
        first = max(len(right) - 1, 0)
        text, step = f".flatten({first or ''})", Step("flatten", "input", (first,))
        yield from put_behind(evidence, given, text, [step, *casts], cost=0.1)
    for axis in reversed(axes_to_squeeze(right, left)):
        text = f".squeeze({axis}){dtype}"
        steps = [Step("squeeze", "target", (axis,)), *casts]
        yield from put_behind(evidence, target, text, steps, cost=0.1, prefer="origin")
    if len(left) == len(right) >= 2 and left != right and sorted(left) == sorted(right):
        for axis in range(len(right) - 1):
            if with_exchanged(right, axis, axis + 1) == left:
                step = Step("transpose", "target", (axis, axis + 1))
                yield from put_behind(evidence, target, f".transpose({axis}, {axis + 1})", [step, *casts], cost=0.4)
                turned = Step("transpose", "input", (axis, axis + 1))
                yield from put_behind(evidence, given, f".transpose({axis}, {axis + 1})", [turned, *casts], cost=0.5)
    order = rolled_as(right, left)
    if order is not None:
        step = Step("permute", "target", order)
        yield from put_behind(evidence, target, f".permute{order}{dtype}", [step, *casts], cost=0.35)
    if len(left) == len(right) + 1:
        yield from _last_taken(evidence, given, left, right, casts)
    if len(left) == 3 and right == left[:2] and given.expression.isidentifier():
        # Labels of a clip, against scores of its frames.
        steps = [Step("unsqueeze", "target", (2,)), Step("expand", "target", (-1, -1, left[2])), *casts]
        for each in put_behind(evidence, target, f".unsqueeze(2).expand_as({given.expression})", steps, cost=0.4):
            yield replace(each, doubt=_FOR_ALL)
    if len(left) == len(right) == 2 and right[1] == 1 and left[0] == right[0] and left[1] > 1:
        yield from widened(evidence, left[1], 1)
        yield from _one_hot(evidence, target, left[1], ".squeeze(1)")
    if len(left) == len(right) == 2 and left[0] == right[0] and right[1] > left[1]:
        # What is given is what is to be foretold; fewer columns of it may be meant where there are too many outputs.
        yield from widened(evidence, left[1], right[1])
    if len(left) == 2 and left[1] > 1 and right == left[:1]:
        yield from _one_hot(evidence, target, left[1], "")
    if len(left) >= 2 and prod(left) == prod(right) and len(right) == 1:
        step = Step("reshape", "target", left)
        text = f".view_as({given.expression})"
        if target.span is not None:
            yield Candidate(f"{target.expression}{text}", (suffixed(target.span, text + dtype),), (step, *casts), 0.6)
    yield from _laid_as_guess(evidence, target, left, right, casts)
    if left != right:
        yield from of_lengths(evidence, given, target)


def _laid_as_guess(
    evidence: Evidence, target: Argument, left: tuple[int, ...], right: tuple[int, ...], casts: list[Step]
) -> Iterator[Candidate]:
    """Images against rows of as many numbers, as of an autoencoder: the same numbers in the same order."""
    counts = sorted((len(left), len(right)))
    if left[:1] != right[:1] or prod(left) != prod(right) or counts[0] != 2 or counts[1] == 2:
        return
    if len(left) == 2:
        text, step = ".flatten(1)", Step("flatten", "target", (1,))
    else:
        text, step = f".unflatten(1, {left[1:]})", Step("reshape", "target", left)
    yield from put_behind(evidence, target, text, [step, *casts], cost=0.15)


def _last_taken(
    evidence: Evidence, given: Argument, left: tuple[int, ...], right: tuple[int, ...], casts: list[Step]
) -> Iterator[Candidate]:
    """The last of several steps; where no layer walks along them, hardly ever what was meant."""
    doubt = "" if walks(evidence) else ONE_OF_MANY
    found: list[Candidate] = []
    if left[:1] + left[2:] == right and left[1] > 1:
        found = put_behind(evidence, given, "[:, -1]", [Step("item", "input", (":", -1)), *casts], cost=0.3)
    elif left[1:] == right and left[0] > 1:
        found = put_behind(evidence, given, "[-1]", [Step("item", "input", (-1,)), *casts], cost=0.3)
    yield from (replace(each, doubt=doubt) for each in found)


def _one_hot(evidence: Evidence, target: Argument, classes: int, suffix: str) -> Iterator[Candidate]:
    if target.span is None:
        return
    text = f"torch.nn.functional.one_hot({target.span.text}{suffix}.long(), {classes}).float()"
    source, node = found_at(target.span)
    is_shared = source is not None and node is not None and is_read_elsewhere(source, node)
    # Whole numbers beyond one, and below the number of columns, are no answers of yes and no.
    record, most = target.value.record, target.value.facts.get("max", 0)
    cost = 0.1 if record is not None and record.dtype == "int64" and 1 < most < classes else 0.5
    if is_shared:
        yield from one_hot_for_all(evidence, target, classes, suffix and ".squeeze(-1)", cost=min(cost, 0.2))
    yield Candidate(text, (Change(target.span, text),), (), cost, READ_ELSEWHERE if is_shared else "")
