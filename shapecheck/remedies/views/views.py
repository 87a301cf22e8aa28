"""view and reshape: the sizes that give as many numbers as there are, or a tensor that lies in one piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.edits import is_number
from shapecheck.reading.failing import failed, kind, operand, says
from shapecheck.reading.sizes.size_texts import samples_given, size_texts
from shapecheck.reading.sizes.sizes_told import asked_sizes, number_of
from shapecheck.reading.where_made import literals
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.samples.batches import drop_last
from shapecheck.remedies.views.classes_of_places import NUMBERS_OF_A_PLACE, takes_places_apart
from shapecheck.remedies.widths.reckoned import WRITTEN_OVER

_ONE_ROW = "it has a single row, and the samples may lie along another axis of it"
_SAMPLES_JOINED = "the samples are counted rightly there, and would lie among the steps"
_EITHER_ROWS = "each sample may be meant as one row, or each of its steps"
# Samples, steps and features.
_STEPS = 3
# Samples, channels and more sides than one.
_MAPS = 3
_SIDES = "sides that are the same number would change together, or what is viewed be made otherwise"
_OF_THIS_BATCH = "the number counts the samples of this batch, and others may have more or less"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Other sizes, asked or reckoned, and reshape in place of view."""
    operation = failed(evidence, "view", "view_as", "reshape")
    item = operand(operation, "self", "input", "x") if operation is not None else None
    if operation is None or item is None or item.value.record is None or operation.span is None:
        return []
    return [*_contiguous(evidence, operation, item), *_sizes(evidence, operation, item)]


def _contiguous(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    if not says(evidence, r"contiguous", r"stride") or kind(operation) != "view" or operation.span is None:
        return
    if item.span is None:
        return
    doubt = NUMBERS_OF_A_PLACE if takes_places_apart(evidence, operation) else ""
    for each in put_behind(
        evidence, item, ".contiguous()", [Step("contiguous", item.role)], cost=0.1 if doubt else 0.0
    ):
        yield each.doubted(doubt)
    end = operation.span.text[len(item.span.text) :]
    if end.lstrip().startswith(".view("):
        text = item.span.text + end.replace(".view(", ".reshape(", 1)
        yield Candidate(text, (Change(operation.span, text),), (), 0.2, doubt)


def _sizes(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    """Sizes that do not give the number of elements: one of them must be asked of the tensor, or computed."""
    if says(evidence, r"contiguous", r"stride"):
        return
    record = item.value.record
    assert record is not None
    written = asked_sizes(operation)
    numbers = [number_of(each) for each in written]
    total = prod(record.shape)
    if not written or any(size is None for size in numbers):
        return
    known = [size for size in numbers if size is not None]
    rows = f"{item.expression}.size(0)" if item.span is not None and item.span.text.isidentifier() else ""
    if not rows and record.shape and written[0].span is not None:
        rows = next(size_texts(evidence, written[0].span, record.shape[0]), "")
    for at, each in enumerate(written):
        if each.span is None:
            continue
        rest = prod(size for place, size in enumerate(known) if place != at and size != -1)
        if rest <= 0 or total % rest:
            continue
        if -1 in [size for place, size in enumerate(known) if place != at]:
            if at == 0 and rows and known[0] != record.shape[0] and total % record.shape[0] == 0:
                yield _asked(each, rows, 0.3, _one_row(evidence, each, record.shape[0]))
            if at == 0:
                # Steps and samples lie in one axis: only what the function was given still knows how many there are.
                given = [pair for pair in samples_given(evidence, each.span) if pair[1] != record.shape[0]]
                texts = [text for text, count in given if total % (count * rest) == 0]
                yield from (_asked(each, text, 0.1 + 0.05 * far) for far, text in enumerate(texts))
            continue
        size = total // rest
        if size == known[at]:
            continue
        sides = _SIDES if len(known) > _MAPS and known[1:].count(known[at]) > 1 else ""
        if at == 0:
            # The first size is nearly always the batch: ask for it, so that every batch fits.
            batch = size == record.shape[0] and rows
            # Samples that are told rightly stay: it is another size that is wrong.
            kept = known[0] == record.shape[0] > 1 and len(written) > 2
            yield _asked(each, rows if batch else "-1", 0.6 if kept else 0.1, _SAMPLES_JOINED if kept else "")
            if batch:
                yield _asked(each, "-1", 0.2)
        elif at == len(written) - 1 and known[0] in (record.shape[0], -1):
            is_last = known[:at] == list(record.shape[:at])
            yield _asked(each, "-1", 0.05 if is_last and at > 1 else 0.3, sides)
            yield _asked(each, str(size), 0.35, sides or _doubt_of_number(each))
        else:
            others = known[:at] + known[at + 1 :]
            yield from (way.doubted(sides) for way in _in_the_middle(evidence, each, size, others))
        yield from _literal_behind(evidence, each, size, cost=0.6)
    yield from _features_kept(evidence, written, known, record.shape)
    if len(written) == 2 and known[0] == -1 and written[1].span is not None and total % record.shape[0] == 0:
        rest, last = total // record.shape[0], record.shape[-1]
        is_either = len(record.shape) == _STEPS and 1 < last not in (known[1], rest)
        doubt = _EITHER_ROWS if is_either else ""
        yield replace(_asked(written[1], str(rest), 0.25), unless_read=doubt)
        if is_either:
            yield replace(_asked(written[1], str(last), 0.26), unless_read=doubt)
    yield from drop_last(evidence, cost=0.9)


def _features_kept(
    evidence: Evidence, written: list[Argument], known: list[int], sizes: tuple[int, ...]
) -> Iterator[Candidate]:
    """Rows of features told apart into samples and steps, where the number written for the features is another one."""
    last, middle = written[-1], written[1:2]
    if len(sizes) != 2 or len(known) != 3 or known[0] < 1 or known[1] != -1 or last.span is None:
        return
    (rows, width), place = sizes, middle[0].span
    if known[2] == width or rows % known[0] or place is None:
        return
    doubt = _doubt_of_number(last)
    steps = next(size_texts(evidence, place, rows // known[0]), "")
    if steps:
        changes = (Change(place, steps), Change(last.span, "-1"))
        yield Candidate(f"-1, {last.span.text} -> {steps}, -1", changes, (), 0.2, doubt)
    text = next(size_texts(evidence, last.span, width), str(width))
    yield _asked(last, text, 0.25, doubt)


def _one_row(evidence: Evidence, each: Argument, rows: int) -> str:
    """What stands against asking a tensor of a single row for the samples, where the function was given several."""
    given = [count for _, count in samples_given(evidence, each.span)] if rows == 1 and each.span is not None else []
    return _ONE_ROW if given and 1 not in given else ""


def _asked(item: Argument, text: str, cost: float, doubt: str = "") -> Candidate:
    assert item.span is not None
    return Candidate(f"{item.span.text} -> {text}", (Change(item.span, text),), (), cost, doubt)


def _in_the_middle(evidence: Evidence, each: Argument, size: int, others: list[int]) -> Iterator[Candidate]:
    """A size between others: the number, unless it counts samples, which the next batch may have less of."""
    assert each.span is not None
    counted = [(text, count) for text, count in samples_given(evidence, each.span) if count > 1 and not size % count]
    of_samples = next((pair for pair in counted if pair[1] not in others), None)
    if of_samples is not None:
        text, count = of_samples
        yield _asked(each, text if size == count else f"{size // count} * {text}", 0.38)
    yield _asked(each, str(size), 0.4, _OF_THIS_BATCH if of_samples is not None else _doubt_of_number(each))
    yield _asked(each, "-1", 0.5)


def _doubt_of_number(each: Argument) -> str:
    """What stands against a number, where something was worked out before."""
    return "" if each.span is not None and is_number(each.span.text) else WRITTEN_OVER


def _literal_behind(evidence: Evidence, item: Argument, size: int, *, cost: float) -> Iterator[Candidate]:
    """The number in the source that a written size comes from."""
    if item.span is None:
        return
    for found in literals(evidence, item.span):
        if found != item.span:
            yield Candidate(f"{found.text} -> {size}", (Change(found, str(size)),), (), cost)
