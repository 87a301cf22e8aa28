"""An expand to sizes that do not go with those that are there: axes of one put in, or a size left as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.sizes.sizes_told import asked_sizes, number_of
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.samples.batches import drop_last

_OTHER_AXES = "the same sizes would fit along other axes as well"
# How many axes of one are put in at most: beyond that no order of them says more than another.
_MOST_AXES = 4


def candidates(evidence: Evidence) -> list[Candidate]:
    """The axes of one that are missing, or -1 for a size that stays."""
    operation = failed(evidence, "expand", "expand_as")
    item = operand(operation, "self", "input", "x") if operation is not None else None
    if operation is None or item is None or item.value.record is None or operation.span is None:
        return []
    return list(_expand(evidence, operation, item))


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
