"""Two axes of one of two tensors exchanged, so that both lie alike; images with channels last are rolled instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, permutations

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.calls import all_given, calls_in
from shapecheck.reading.edits import whole_number
from shapecheck.reading.mismatches import sizes_of, spreads
from shapecheck.reading.read_otherwise import is_read_otherwise
from shapecheck.reading.sources import home_around, last_name, node_at
from shapecheck.reading.steps.layouts import batch_stands_first
from shapecheck.reading.turned_before import axes_turned
from shapecheck.reading.where_made import made
from shapecheck.remedies.moves import put_behind

_ALIKE = "two axes are of one size, so that more than one order of them fits, and nothing tells which was meant"
_EITHER = "what it meets was turned before, and may be what does not lie as it was meant"
_SAMPLES_FIRST = "what is made of it goes along axis 1 for the steps: the layers may be meant to take the samples first"
_LAYOUT = "what it meets may be what lies the other way, with its samples first or its steps"
_READ_TOO = "it is read farther on as well, and may have been made the wrong way round for all that read it"
_ALONG = ("softmax", "log_softmax", "sum", "mean", "max", "amax", "logsumexp")
# As many channels as images have, where nothing else says that it is one.
_CHANNELS = 4


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
        # All sizes but the one agree: then no number is wrong, but the place of the one.
        far -= 0.05 * (len(sizes) > 2 and sum(one != want for one, want in zip(turned, wanted, strict=True)) == 1)
        text, step, doubt = f".transpose({at}, {to})", Step("transpose", item.role, (at, to)), ""
        if (at, to) != (0, 1) and (len(sizes) > 3 or to - at > 1):
            ways = [each for each in _orders(len(sizes), at) if _is_as_good(_ordered(sizes, each), turned, wanted)]
            rolled = [each for each in _rolled(sizes, at, to) if each in ways]
            if len(rolled) == 1 and (turned == wanted or 1 not in sizes):
                # The places of a square image lie the same way in both.
                text, step = f".permute{rolled[0]}", Step("permute", item.role, rolled[0])
            elif len({tuple(axis for axis in each if sizes[axis] > 1) for each in ways}) > 1:
                doubt = _ALIKE
        if _was_turned(evidence, other) and (at, to) != (0, 1):
            doubt = doubt or _EITHER
        if (at, to) == (0, 1) and 1 in sizes[:2] and _takes_steps_second(evidence, item):
            doubt = doubt or _SAMPLES_FIRST
        if len(sizes) == 2 and 1 not in sizes and _is_read_too(evidence, item):
            doubt = doubt or _READ_TOO
        unless_read = _LAYOUT if (at, to) == (0, 1) and _is_other_layout(evidence, sizes, wanted) else ""
        for each in put_behind(evidence, item, text, [step], cost=far + 0.01 * bool(unless_read)):
            yield replace(each.doubted(doubt), unless_read=unless_read)


def _is_other_layout(evidence: Evidence, sizes: Sequence[int], wanted: Sequence[int]) -> bool:
    """Whether turning the other one would do as well, and the layers of the script do not say that it is this one.

    Where they say how the samples lie, what has them, and the steps, lies so: what has but one of both is turned.
    """
    if len(sizes) != 3 or (1 in sizes[:2]) is (1 in wanted[:2]):
        return False
    return 1 not in sizes[:2] or batch_stands_first(evidence) is None


def rolled_as(sizes: Sequence[int], wanted: Sequence[int]) -> tuple[int, ...] | None:
    """The order of axes by which an image's channels come to lie as those of another one; None where no one does.

    >>> rolled_as((2, 9, 9, 3), (2, 3, 9, 9)), rolled_as((3, 8, 6), (8, 6, 3)), rolled_as((4, 7, 5), (4, 5, 7))
    ((0, 3, 1, 2), (1, 2, 0), None)
    >>> rolled_as((2, 4, 4), (4, 2, 4)), rolled_as((4,), (4, 1))
    (None, None)
    """
    last = len(sizes) - 1
    if len(sizes) > 1 and _ordered(sizes, (1, 0, *range(2, len(sizes)))) == tuple(wanted):
        # Samples and steps, of which there are as many as features.
        return None
    ways = [way for at in range(min(last - 1, 3)) for way in _rolled(sizes, at, last)]
    fitting = [each for each in ways if _ordered(sizes, each) == tuple(wanted)] if len(wanted) == len(sizes) else []
    return fitting[0] if len(fitting) == 1 and tuple(sizes) != tuple(wanted) else None


def _was_turned(evidence: Evidence, item: Argument) -> bool:
    """Whether a name holds what was turned where the name was given to it."""
    return any(axes_turned(origin.span.text) is not None for origin in made(evidence, item)[:1])


def _is_read_too(evidence: Evidence, item: Argument) -> bool:
    """Whether a caller that handed a tensor in reads it behind this call for something else."""
    ways = [chain for key, chain in evidence.chains.items() if item.span is not None and item.span.holds(key)]
    handed = [each for way in ways for each in way if each.frame >= 0 and each.expression.isidentifier()]
    return is_read_otherwise(evidence, item, handed)


def _takes_steps_second(evidence: Evidence, item: Argument) -> bool:
    """Whether the function around goes along axis 1 of something, while all layers take the steps first."""
    if batch_stands_first(evidence) is not False:
        return False
    calls = calls_in(home_around(node_at(item.span)))
    along = [each for each in calls if last_name(each.func) in _ALONG]
    return any(whole_number(given) == 1 for each in along for given in all_given(each))


def _orders(count: int, kept: int) -> Iterator[tuple[int, ...]]:
    """Each order of axes that leaves the first few where they are."""
    yield from ((*range(kept), *each) for each in permutations(range(kept, count)))


def _rolled(sizes: Sequence[int], at: int, to: int) -> Iterator[tuple[int, ...]]:
    """The channels of an image, which lie at one end of its places, put to the other end."""
    before, behind = range(at), range(to + 1, len(sizes))
    is_image = len(sizes) == 4 and at == 1
    if to == len(sizes) - 1 and to - at > 1:
        if is_image or sizes[to] <= _CHANNELS:
            yield (*before, to, *range(at, to), *behind)
        if is_image or sizes[at] <= _CHANNELS:
            yield (*before, *range(at + 1, to + 1), at, *behind)


def _ordered(sizes: Sequence[int], order: Sequence[int]) -> tuple[int, ...]:
    return tuple(sizes[axis] for axis in order)


def _is_as_good(sizes: Sequence[int], turned: Sequence[int], wanted: Sequence[int]) -> bool:
    """Whether sizes meet those that are wanted as others do: of an axis of size 1 there nothing is told."""
    return all(want == 1 or one == size for one, size, want in zip(sizes, turned, wanted, strict=True))


def _covers(large: tuple[int, ...], small: tuple[int, ...]) -> bool:
    """Whether one shape is repeated to another, and not both to a third: every number with every other."""
    return all(size in (1, want) for size, want in zip(small, large, strict=True))
