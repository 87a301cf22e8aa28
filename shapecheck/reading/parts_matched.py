"""Which of some names goes to which part, as far as names and their order tell."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from shapecheck.reading.givers import same_name

# More ways than these are not looked through.
_MOST = 12


def place_of(name: str, parts: Sequence[str]) -> int | None:
    """The one place whose name is that of a part, or whose name is like it; None where there is none, or several."""
    if name == "_":
        return None
    exact = [at for at, each in enumerate(parts) if each == name]
    like = exact or [at for at, each in enumerate(parts) if same_name(name, each)]
    return like[0] if len(like) == 1 else None


def in_order(few: Sequence[str], many: Sequence[str]) -> list[tuple[int, ...]]:
    """The places among many that few may go to in their order, where each that bears a known name goes to that.

    >>> in_order(["x", "mask"], ["", "labels", "mask"])
    [(0, 2), (1, 2)]
    >>> in_order(["labels", "x"], ["x", "labels", "mask"])
    []
    """
    if len(many) > _MOST:
        return []
    told = [place_of(each, many) for each in few]
    ways = combinations(range(len(many)), len(few))
    return [
        way
        for way in ways
        if all(at == place or (place is None and at not in told) for at, place in zip(way, told, strict=True))
    ]
