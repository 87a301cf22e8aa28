"""An expand to sizes that do not go with those that are there: axes of one put in, or a size left as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.failing import failed, kind, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.sizes_told import asked_sizes, number_of
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.samples.batches import drop_last

_OTHER_AXES = "the same sizes would fit along other axes as well"
# How many axes of one are put in at most: beyond that no order of them says more than another.
_MOST_AXES = 4


def candidates(evidence: Evidence) -> list[Candidate]:
    """The axes of one that are missing, or -1 for a size that stays."""
    operation = failed(evidence, "expand", "expand_as", "repeat")
    item = operand(operation, "self", "input", "x") if operation is not None else None
    if operation is None or item is None or item.value.record is None or operation.span is None:
        return []
    is_repeat = kind(operation) == "repeat"
    return [*_sizes_left_out(operation, item, is_repeat), *([] if is_repeat else _expand(evidence, operation, item))]


def _sizes_left_out(operation: Operation, item: Argument, is_repeat: bool) -> Iterator[Candidate]:
    """As many sizes as there are axes, where fewer were told: those that grow an axis of one do so, the rest stay."""
    written, sizes = asked_sizes(operation), sizes_of(item)
    stays, text = (1, "1") if is_repeat else (-1, "-1")
    if not 0 < len(written) < len(sizes) or any(each.span is None for each in written):
        return
    told = [number_of(each) for each in written]
    ways: dict[tuple[int | None, ...], list[str]] = {}
    for kept in combinations(range(len(sizes)), len(written)):
        grown = [told[kept.index(axis)] if axis in kept else stays for axis in range(len(sizes))]
        names = [written[kept.index(axis)].expression if axis in kept else text for axis in range(len(sizes))]
        pairs = zip(sizes, grown, strict=True)
        if all(count == stays or size == 1 or (size == count and not is_repeat) for size, count in pairs):
            ways.setdefault(tuple(grown), names)
    first, last = written[0].span, written[-1].span
    for names in ways.values():
        assert first is not None
        assert last is not None
        whole = replace(first, end_line=last.end_line, end_column=last.end_column)
        title = ", ".join(names)
        yield Candidate(title, (Change(whole, title),), (), 0.05, unless_read=_OTHER_AXES if len(ways) > 1 else "")


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
        for told, size, want in zip(written, sizes, wanted, strict=False):
            if size not in (1, want) and want != -1 and told.span is not None:
                change = Change(told.span, "-1")
                yield Candidate(f"{told.span.text} -> -1", (change,), (), 0.3)
        yield from drop_last(evidence, cost=0.8)
