"""Sizes of a reshape that are those of the tensor's axes in another order, or factors of these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice, pairwise
from operator import mul

from shapecheck.capture.instruments.rows.recuts import lies_within

_MOST = 64

Way = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Crossed:
    """What is known of a reshape behind which no axis can lie where its size stands.

    Args:
        axes: For each size behind it the axis in front of it that it can only be, or be a factor of.
        order: The order of the axes that the sizes ask for; empty where they do not say it.
    """

    axes: Way
    order: tuple[int, ...]


def crossed(shape: Sequence[int], out: Sequence[int]) -> Crossed | None:
    """How the sizes behind a reshape can be put together into those in front of it; None where that leaves them so.

    It leaves them so, too, where axes only fall into parts and parts that lie side by side become one: behind
    ``(b, t * d)`` cut to ``(b * t, d)`` every axis lies where it lay, however many samples there are.
    """
    if keeps_order(shape, out):
        return None
    ways = ways_through(shape, out)
    if not ways:
        return None
    if any(all(_is_left(shape, out, way, place) for place in range(len(out))) for way in ways):
        return None
    moved = [set(each) for each in zip(*ways, strict=True)]
    axes = tuple(
        next(iter(each)) if len(each) == 1 and not _is_left(shape, out, ways[0], place) else None
        for place, each in enumerate(moved)
    )
    orders = {order for order in map(_order, ways) if len(order) == len(shape)}
    return Crossed(axes, orders.pop() if len(orders) == 1 else ())


def ways_through(shape: Sequence[int], out: Sequence[int]) -> list[Way]:
    """For each size behind a reshape the axis that it can be, or be a factor of, in each way that there is; or none."""
    ways = list(islice(_ways(list(shape), list(out)), _MOST))
    return ways if len(ways) < _MOST else []


def keeps_order(shape: Sequence[int], out: Sequence[int]) -> bool:
    """Whether both are made of the same parts in the same order: each place where an axis ends divides the next one."""
    ends = sorted({*accumulate(shape, mul), *accumulate(out, mul)})
    return not all(ends) or all(far % near == 0 for near, far in pairwise(ends))


def _is_left(shape: Sequence[int], out: Sequence[int], way: Way, place: int) -> bool:
    at = way[place]
    return at is None or lies_within(out, place, shape, at)


def _order(way: Way) -> tuple[int, ...]:
    """Empty where the factors of one axis do not stand side by side."""
    named = [at for at in way if at is not None]
    runs = [at for place, at in enumerate(named) if not place or named[place - 1] != at]
    return tuple(runs) if len(runs) == len(set(runs)) else ()


def _ways(left: list[int], out: list[int]) -> Iterator[Way]:
    if not out:
        if all(size == 1 for size in left):
            yield ()
        return
    size, rest = out[0], out[1:]
    if size == 1:
        yield from ((None, *way) for way in _ways(left, rest))
        return
    for at, whole in enumerate(left):
        if size and whole % size == 0:
            yield from ((at, *way) for way in _ways([*left[:at], whole // size, *left[at + 1 :]], rest))
