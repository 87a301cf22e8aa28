"""view, reshape, permute, transpose, expand, squeeze, flatten: what their arguments must be for the tensor at hand."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from math import prod

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span, Value
from shapecheck.reading.edits import bracketed, expression, is_number, piece
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.sizes.size_texts import samples_given, size_texts
from shapecheck.reading.where_made import literals, made
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.samples.batches import drop_last
from shapecheck.remedies.views.classes_of_places import NUMBERS_OF_A_PLACE, takes_places_apart
from shapecheck.remedies.widths.reckoned import WRITTEN_OVER

# What gives back the shape that it got.
_KEEP = ("softmax", "log_softmax", "softmin", "cumsum", "cumprod", "logcumsumexp")
_HANDED_ON = "what reads it would get the new axis as well, and another axis may have been meant"
_OTHER_AXES = "the same sizes would fit along other axes as well"
# How many axes of one are put in at most: beyond that no order of them says more than another.
_MOST_AXES = 4
_ROWS = ("tuple", "list")
_SAMPLES_JOINED = "the samples are counted rightly there, and would lie among the steps"
# Samples, channels and more sides than one.
_MAPS = 3
_SIDES = "sides that are the same number would change together, or what is viewed be made otherwise"
OF_THIS_BATCH = "the number counts the samples of this batch, and others may have more or less"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for an operation that gives a tensor another shape."""
    operation = failed(evidence)
    if operation is None:
        return []
    item = operand(operation, "self", "input", "x")
    if item is None or item.value.record is None or operation.span is None:
        return []
    name = operation.name.rpartition(".")[2]
    if name in ("view", "view_as", "reshape"):
        return [*_contiguous(evidence, operation, item, name), *_sizes(evidence, operation, item)]
    if name == "permute":
        return list(_permute(evidence, operation, item))
    if name in (
        "transpose",
        "swapaxes",
        "t",
        "squeeze",
        "unsqueeze",
        "softmax",
        "log_softmax",
        "mean",
        "sum",
        "max",
        "argmax",
    ):
        return list(_axis(evidence, operation, item, name))
    if name in ("expand", "expand_as"):
        return list(_expand(evidence, operation, item))
    if says(evidence, r"Dimension out of range"):
        return list(_axis(evidence, operation, item, name))
    return []


def _contiguous(evidence: Evidence, operation: Operation, item: Argument, name: str) -> Iterator[Candidate]:
    if not says(evidence, r"contiguous", r"stride") or name != "view" or operation.span is None:
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


def asked_sizes(operation: Operation) -> list[Argument]:
    """The sizes as they were written: ``view(2, n)`` or ``view((2, n))``; each of a spread tuple, ``*grid``."""
    found = [item for item in operation.arguments if item.role.startswith(("shape[", "size[", "dims[", "dim["))]
    if found:
        return [each for item in found for each in (_each_of(item) if item.value.kind in _ROWS else [item])]
    single = next((item for item in operation.arguments if item.role in ("shape", "size", "dims", "dim")), None)
    if single is None or single.span is None:
        return []
    node = expression(single.span.text)
    if isinstance(node, ast.Tuple | ast.List):
        texts = [piece(single.span, part) for part in node.elts]
        values = single.value.items or (single.value,) * len(texts)
        return [Argument(f"shape[{at}]", values[at], text) for at, text in enumerate(texts) if at < len(values)]
    return list(_each_of(single)) if single.value.kind in _ROWS else [single]


def _each_of(item: Argument) -> Iterator[Argument]:
    """The numbers of a tuple, which stand nowhere by themselves."""
    node = expression(item.value.text)
    for at, part in enumerate(node.elts if isinstance(node, ast.Tuple | ast.List) else []):
        yield Argument(f"{item.role}[{at}]", Value("number", "int", text=ast.unparse(part)))


def number_of(item: Argument) -> int | None:
    """The whole number that an argument is, None where it is none."""
    text = item.value.text
    return int(text) if text.lstrip("-").isdecimal() else None


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
                yield _asked(each, rows, 0.3)
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
        yield from literal_behind(evidence, each, size, cost=0.6)
    yield from _features_kept(evidence, written, known, record.shape)
    if len(written) == 2 and known[0] == -1 and written[1].span is not None and total % record.shape[0] == 0:
        rest = total // record.shape[0]
        yield _asked(written[1], str(rest), 0.25)
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
    yield _asked(each, str(size), 0.4, OF_THIS_BATCH if of_samples is not None else _doubt_of_number(each))
    yield _asked(each, "-1", 0.5)


def _doubt_of_number(each: Argument) -> str:
    """What stands against a number, where something was worked out before."""
    return "" if each.span is not None and is_number(each.span.text) else WRITTEN_OVER


def literal_behind(evidence: Evidence, item: Argument, size: int, *, cost: float) -> Iterator[Candidate]:
    """The number in the source that a written size comes from."""
    if item.span is None:
        return
    for found in literals(evidence, item.span):
        if found != item.span:
            yield Candidate(f"{found.text} -> {size}", (Change(found, str(size)),), (), cost)


def _permute(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    record = item.value.record
    assert record is not None
    sizes, order = record.shape, asked_sizes(operation)
    if len(sizes) > len(order):
        for axis, size in enumerate(sizes):
            if size == 1:
                step = Step("squeeze", item.role, (axis,))
                yield from put_behind(evidence, item, f".squeeze({axis})", [step], cost=0.1 + 0.05 * (axis == 0))
        numbers = [number_of(each) for each in order]
        if len(sizes) == 4 and len(order) == 3:
            yield from put_behind(evidence, item, ".flatten(2)", [Step("flatten", item.role, (2,))], cost=0.4)
            yield from put_behind(evidence, item, ".flatten(1, 2)", [Step("flatten", item.role, (1, 2))], cost=0.5)
        if None not in numbers and order and order[-1].span is not None:
            more = ", ".join(str(axis) for axis in range(len(order), len(sizes)))
            change = Change(order[-1].span, f"{order[-1].span.text}, {more}")
            yield Candidate(f"permute(..., {more})", (change,), (), 0.8)
    if len(sizes) == len(order) - 1:
        numbers = [number_of(each) for each in order]
        moved = [abs(axis - at) for at, axis in enumerate(numbers) if axis is not None]
        # What is brought forward from the end, as channels are, is what a tensor without it lacks.
        is_last = len(sizes) in numbers and len(sizes) - numbers.index(len(sizes)) == max(moved) > 1
        for far, axis in enumerate((len(sizes), 0, 1) if is_last else (0, 1, len(sizes))):
            step = Step("unsqueeze", item.role, (axis,))
            yield from put_behind(evidence, item, f".unsqueeze({axis})", [step], cost=0.2 + 0.1 * far)
        yield from _shorter(operation, order, len(sizes))


def _shorter(operation: Operation, order: list[Argument], count: int) -> Iterator[Candidate]:
    """The permutation for one axis fewer: without the batch, which stood first."""
    numbers = [number_of(each) for each in order]
    first, last = order[0].span, order[-1].span
    if None in numbers or first is None or last is None or numbers[0] != 0:
        return
    rest = [number - 1 for number in numbers[1:] if number is not None]
    span = Span(first.file, first.line, first.column, last.end_line, last.end_column)
    yield Candidate(f"permute({', '.join(map(str, rest))})", (Change(span, ", ".join(map(str, rest))),), (), 0.5)


def _axis(evidence: Evidence, operation: Operation, item: Argument, name: str) -> Iterator[Candidate]:
    """An axis that the tensor does not have."""
    record = item.value.record
    assert record is not None
    count = len(record.shape)
    if not count and operation.name.rpartition(".")[2] != "unsqueeze":
        # What has no axes has lost them before: it takes -1 for one too, and nothing comes of it.
        return
    axes = [each for each in operation.arguments if each.role.startswith(("dim", "axis"))]
    for each in axes:
        number = number_of(each)
        if number is None or -count <= number < count or each.span is None:
            continue
        last = Change(each.span, str(count - 1) if name in ("transpose",) else "-1")
        # An axis that is exchanged with itself leaves everything as it was.
        taken = {(number_of(other) or 0) % max(count, 1) for other in axes if other is not each and name == "transpose"}
        if count - 1 not in taken:
            yield Candidate(f"{each.span.text} -> {last.text}", (last,), (), 0.2)
        for axis in sorted(set(range(count)) - taken):
            yield Candidate(f"{each.span.text} -> {axis}", (Change(each.span, str(axis)),), (), 0.5 + 0.1 * axis)
    if any((number_of(each) or 0) >= count for each in axes):
        # What keeps the shape would hand the new axis on to whatever reads it.
        doubt = _HANDED_ON if name in _KEEP else ""
        for axis in range(count + 1):
            step = Step("unsqueeze", item.role, (axis,))
            ways = put_behind(evidence, item, f".unsqueeze({axis})", [step], cost=0.6)
            yield from (replace(each, doubt=doubt) for each in ways)
        for origin in made(evidence, item)[:1]:
            yield from _without_squeeze(origin.span)
        yield from _without_squeeze(item.span)
    if name == "t" and count > 2 and operation.span is not None and item.span is not None:
        text = f"{bracketed(item.span.text)}.transpose(-2, -1)"
        yield Candidate(text, (Change(operation.span, text),), (), 0.2)


def _without_squeeze(span: Span | None) -> Iterator[Candidate]:
    node = expression(span.text) if span is not None else None
    if span is None or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    if node.func.attr == "squeeze":
        base = piece(span, node.func.value)
        yield Candidate(f"{base.text} without squeeze", (Change(span, base.text),), (), 0.15)


def _expand(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    record = item.value.record
    assert record is not None
    written = asked_sizes(operation)
    wanted = tuple(number_of(each) or 0 for each in written)
    sizes = record.shape
    other = operand(operation, "other")
    if other is not None and other.value.record is not None:
        wanted = other.value.record.shape
    more = len(wanted) - len(sizes)
    ways: dict[tuple[int, ...], tuple[int, ...]] = {}
    for kept in combinations(range(len(wanted)), len(sizes)) if 0 < more <= _MOST_AXES and sizes else ():
        grown = tuple(sizes[kept.index(axis)] if axis in kept else 1 for axis in range(len(wanted)))
        if all(size in (1, want) or want == -1 for size, want in zip(grown, wanted, strict=True)):
            ways.setdefault(grown, kept)
    # What would be repeated over all else alike fits in front by itself, and would not have failed.
    for kept in ways.values():
        put = [axis for axis in range(len(wanted)) if axis not in kept]
        steps = [Step("unsqueeze", item.role, (axis,)) for axis in put]
        index = ", ".join(":" if axis in kept else "None" for axis in range(len(wanted)))
        suffix = f".unsqueeze({put[0]})" if more == 1 else f"[{index}]"
        for each in put_behind(evidence, item, suffix, steps, cost=0.1 + 0.02 * (put[0] if more == 1 else kept[0])):
            yield replace(each, doubt=each.doubt or (_OTHER_AXES if more > 1 and len(ways) > 1 else ""))
    if len(sizes) == len(wanted):
        for at, (size, want) in enumerate(zip(sizes, wanted, strict=True)):
            if size not in (1, want) and want != -1 and at < len(written) and written[at].span is not None:
                yield _asked(written[at], "-1", 0.3)
        yield from drop_last(evidence, cost=0.8)
