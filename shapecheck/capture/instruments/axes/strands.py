"""What an axis is made of: factors of axes that began somewhere, one inside of the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from math import prod
from operator import mul


@dataclass(frozen=True, slots=True)
class Strand:
    """A factor of an axis that began somewhere.

    Args:
        origin: The number of that axis.
        step: How far its items lie apart there.
        size: How many it has.
        is_turned: Whether they come in the reverse order, or moved round.
    """

    origin: int
    step: int
    size: int
    is_turned: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a tensor.

    Args:
        size: Its length.
        strands: What it is made of, the outermost first; of an axis of one item nothing.
        is_mixed: Whether each of its places holds pieces of all of these.
    """

    size: int
    strands: tuple[Strand, ...] = ()
    is_mixed: bool = False

    @property
    def origins(self) -> frozenset[int]:
        """The axes that it was made of."""
        return frozenset(strand.origin for strand in self.strands)

    def cut_to(self, size: int) -> Axis | None:
        """The same axis with more or fewer items, if it is no more than a factor of one."""
        if size == 1:
            return Axis(1)
        if self.size == size:
            return self
        if self.is_mixed or len(self.strands) != 1:
            return None
        return Axis(size, (replace(self.strands[0], size=size),))

    @property
    def turned(self) -> Axis:
        """The same with its items in the reverse order."""
        return replace(self, strands=tuple(replace(one, is_turned=not one.is_turned) for one in self.strands))

    @property
    def whole(self) -> Strand | None:
        """The one axis that it is as a whole; None if it is a part of one, or several."""
        is_whole = len(self.strands) == 1 and not self.is_mixed and self.strands[0].step == 1
        return self.strands[0] if is_whole else None


Axes = tuple[Axis, ...]


def reshaped(axes: Axes, out: Sequence[int]) -> Axes:
    """The axes behind a reshape: each falls into parts, is joined with its neighbours, or is cut across.

    Examples:
        >>> b, t = Axis(4, (Strand(0, 1, 4),)), Axis(6, (Strand(1, 1, 6),))
        >>> reshaped((b, t), (24,))[0].strands == b.strands + t.strands
        True
        >>> reshaped(reshaped((b, t), (24,)), (4, 2, 3))[0] == b
        True
        >>> [axis.is_mixed for axis in reshaped((b, t), (6, 4))]
        [True, True]
    """
    pieces = [piece for axis in axes for piece in _pieces(axis)]
    found: list[Axis] = []
    at = 0
    sizes = [*out]
    while sizes:
        group = [sizes.pop(0)]
        if group == [1]:
            found.append(Axis(1))
            continue
        start, whole = at, 1
        while whole != prod(group):
            if whole < prod(group) and at < len(pieces):
                whole *= pieces[at].size
                at += 1
            elif whole > prod(group) and sizes:
                group.append(sizes.pop(0))
            else:
                return ()
        found += _cut(pieces[start:at], group)
    return tuple(found) if at == len(pieces) else ()


def _pieces(axis: Axis) -> Iterator[Axis]:
    if axis.is_mixed or not axis.strands:
        yield from [axis] if axis.size > 1 else []
    else:
        yield from (Axis(strand.size, (strand,)) for strand in axis.strands)


def _cut(pieces: list[Axis], sizes: list[int]) -> Iterator[Axis]:
    """Pieces that lie side by side, as axes of other sizes of which all numbers together are as many."""
    if len(pieces) == len(sizes) == 1:
        yield pieces[0]
        return
    ends = sorted({1, *accumulate((piece.size for piece in pieces), mul), *accumulate(sizes, mul)})
    if any(piece.is_mixed for piece in pieces) or any(far % near for near, far in pairwise(ends)):
        strands = tuple(strand for piece in pieces for strand in piece.strands)
        yield from (Axis(size, strands, True) if size > 1 else Axis(1) for size in sizes)
        return
    parts = [far // near for near, far in pairwise(ends)]
    strands_of_parts = list(_split(pieces, parts))
    at = 0
    for size in sizes:
        end, whole = at, 1
        while whole < size:
            whole *= parts[end]
            end += 1
        yield Axis(size, tuple(_joined(strands_of_parts[at:end])))
        at = end


def _split(pieces: list[Axis], parts: list[int]) -> Iterator[Strand]:
    left = [*parts]
    for piece in pieces:
        strand, inside = piece.strands[0], piece.size
        while inside > 1:
            size = left.pop(0)
            inside //= size
            yield Strand(strand.origin, strand.step * inside, size, strand.is_turned)


def _joined(strands: list[Strand]) -> list[Strand]:
    found: list[Strand] = []
    for strand in strands:
        last = found[-1] if found else None
        is_next = last is not None and last.step == strand.step * strand.size and last.is_turned == strand.is_turned
        if last is not None and is_next and last.origin == strand.origin:
            found[-1] = replace(strand, size=last.size * strand.size)
        else:
            found.append(strand)
    return found


def aligned(one: Axes, other: Axes) -> list[tuple[Axis, Axis]]:
    """The axes of two tensors that meet item by item, where both have several items."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return [(a, b) for a, b in pairs if a.size == b.size > 1]


def crossed_axes(one: Axes, other: Axes, sizes: Sequence[int]) -> frozenset[int]:
    """The origins that lie along different axes of two tensors that meet, apart in one, or put together otherwise.

    What a tensor has twice, as a table of all pairs has, may lie either way.

    Args:
        one: The axes of a tensor.
        other: The axes of the tensor that it meets.
        sizes: The sizes of the axes that began somewhere.
    """
    pairs = aligned(one, other)
    there = [_places([pair[side] for pair in pairs]) for side in (0, 1)]
    twice = {origin for axes in (one, other) for origin in _twice(axes, sizes)}
    both = [origin for origin in there[0] if origin in there[1] and origin not in twice]
    found = {origin for origin in both if there[0][origin] != there[1][origin]}
    for pair in pairs:
        if not (pair[0].is_mixed or pair[1].is_mixed) and pair[0].origins == pair[1].origins:
            made = [[(strand.origin, strand.step, strand.size) for strand in axis.strands] for axis in pair]
            found |= pair[0].origins - twice if made[0] != made[1] else set()
        for plain, mixed in (pair, pair[::-1]):
            is_apart = not plain.is_mixed and len(plain.origins) == 1
            if is_apart and mixed.is_mixed and plain.origins < mixed.origins and not twice & plain.origins:
                found |= plain.origins
    return frozenset(found)


def _places(axes: list[Axis]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for place, axis in enumerate(axes):
        for origin in axis.origins:
            found.setdefault(origin, set()).add(place)
    return found


def _twice(axes: Axes, sizes: Sequence[int]) -> Iterator[int]:
    mixed = {replace(strand, is_turned=False) for axis in axes if axis.is_mixed for strand in axis.strands}
    whole: Counter[int] = Counter()
    for strand in (*mixed, *(strand for axis in axes if not axis.is_mixed for strand in axis.strands)):
        whole[strand.origin] = (whole[strand.origin] or 1) * strand.size
    yield from (origin for origin, size in whole.items() if size > sizes[origin])
