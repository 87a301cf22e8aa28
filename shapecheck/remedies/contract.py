"""What the contract of the call expects, and the small changes that lead from what was got to it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import RECURRENT, failed, kind, operand
from shapecheck.reading.mismatches import without_axis
from shapecheck.remedies.constructors.convolutions import MANY_FOR_ONE
from shapecheck.remedies.moves import put_behind

Sizes = tuple[int | None, ...]


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes of the operand that breaks the contract, towards the shape or dtype that is expected."""
    violation, operation = evidence.violation, failed(evidence)
    if violation is None or operation is None or violation.got is None:
        return []
    item = operand(operation, violation.role)
    if item is None or item.value.kind != "tensor":
        return []
    expected = tuple(size for _, size in violation.expected)
    # Which axis of a recurrent layer's input is time, and which the batch, sizes do not tell.
    turns = kind(operation) not in RECURRENT or item.role != "input"
    found = []
    for suffix, step in _ways(violation.got, expected, item.role, turns=turns):
        # A turn that leaves several samples of one channel may have to be one sample, and its channels one.
        is_single = step.action == "transpose" and violation.got[:1] == (1,) == expected[1:2]
        found += [
            each.doubted(MANY_FOR_ONE if is_single else "")
            for each in put_behind(evidence, item, suffix, [step], cost=0.6)
        ]
    return found


def _ways(got: tuple[int, ...], expected: Sizes, role: str, *, turns: bool) -> Iterator[tuple[str, Step]]:
    for axis, size in enumerate(got):
        if size == 1 and _fits(without_axis(got, axis), expected):
            yield f".squeeze({axis})", Step("squeeze", role, (axis,))
    for axis in range(len(got) + 1):
        if _fits((*got[:axis], 1, *got[axis:]), expected):
            yield f".unsqueeze({axis})", Step("unsqueeze", role, (axis,))
    if turns and len(got) in (2, 3) and len(got) == len(expected) and not _fits(got, expected):
        yield from _turns(got, expected, role)


def _turns(got: tuple[int, ...], expected: Sizes, role: str) -> Iterator[tuple[str, Step]]:
    """The axes in another order; those orders only that leave the most axes where they are."""
    orders = [order for order in permutations(range(len(got))) if _fits(tuple(got[axis] for axis in order), expected)]
    moved = {order: [axis for axis, at in enumerate(order) if axis != at] for order in orders}
    for order in orders:
        if len(moved[order]) > min(map(len, moved.values())):
            continue
        if len(moved[order]) == 2:
            left, right = moved[order]
            yield f".transpose({left}, {right})", Step("transpose", role, (left, right))
        else:
            yield f".permute{order}", Step("permute", role, order)


def _fits(sizes: tuple[int, ...], expected: Sizes) -> bool:
    known = [want for want in expected if want is not None]
    return (
        len(sizes) == len(expected)
        and bool(known)
        and all(want is None or size == want for size, want in zip(sizes, expected, strict=True))
    )
