"""Two axes of one of two tensors exchanged, so that both lie alike; images with channels last are rolled instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, permutations

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.mismatches import sizes_of, spreads
from shapecheck.remedies.moves import put_behind

_ALIKE = "two axes are of one size, so that more than one order of them fits, and nothing tells which was meant"
# The channels of an image put first, and put last.
_ROLLED = ((0, 3, 1, 2), (0, 2, 3, 1))


def two_axes_exchanged(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    """Each exchange of two axes by which one of two tensors with as many axes is repeated to the other.

    Args:
        evidence: The problem.
        item: What is turned.
        other: What it meets.
    """
    sizes, wanted = sizes_of(item), sizes_of(other)
    assert other.value.record is not None
    for at, to in combinations(range(len(sizes)), 2):
        order = list(range(len(sizes)))
        order[at], order[to] = to, at
        turned = _ordered(sizes, order)
        if turned == sizes or not spreads(turned, wanted) or not (_covers(wanted, turned) or _covers(turned, wanted)):
            continue
        # It is the mask that follows what it is for.
        far = 0.4 if other.value.record.dtype == "bool" else 0.3
        text, step, doubt = f".transpose({at}, {to})", Step("transpose", item.role, (at, to)), ""
        if len(sizes) == 4 and at > 0:
            ways = {each for each in permutations(range(4)) if each[0] == 0 and _ordered(sizes, each) == turned}
            rolled = [each for each in _ROLLED if each in ways] if (at, to) == (1, 3) else []
            if len(rolled) == 1 and turned == wanted:
                # The places of a square image lie the same way in both.
                text, step = f".permute{rolled[0]}", Step("permute", item.role, rolled[0])
            elif len(ways) > 1:
                doubt = _ALIKE
        for each in put_behind(evidence, item, text, [step], cost=far):
            yield replace(each, doubt=each.doubt or doubt)


def _ordered(sizes: Sequence[int], order: Sequence[int]) -> tuple[int, ...]:
    return tuple(sizes[axis] for axis in order)


def _covers(large: tuple[int, ...], small: tuple[int, ...]) -> bool:
    """Whether one shape is repeated to another, and not both to a third: every number with every other."""
    return all(size in (1, want) for size, want in zip(small, large, strict=True))
