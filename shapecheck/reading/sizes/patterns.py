"""Reads the patterns of einops: ``"b c (n p) -> b n (c p)"`` as axes and the letters of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import prod

# One axis of a tensor, or several that lie in it: ``("n", "p")``.
Axis = tuple[str, ...]


def axes_of(side: str) -> tuple[Axis, ...]:
    """The axes of one side of a pattern, and the letters of each; none where it leaves some open, or has no letters.

    >>> axes_of("b c (n p)"), axes_of("b ... c"), axes_of("b 1")
    ((('b',), ('c',), ('n', 'p')), (), ())
    """
    found = re.findall(r"\(([^()]*)\)|(\S+)", side)
    axes = tuple(tuple(inside.split()) if not alone else (alone,) for inside, alone in found)
    is_plain = all(letter.isidentifier() for axis in axes for letter in axis) and all(axes)
    return axes if is_plain else ()


def written(axes: tuple[Axis, ...]) -> str:
    """Axes as a side of a pattern.

    >>> written((("b",), ("n", "p")))
    'b (n p)'
    """
    return " ".join(axis[0] if len(axis) == 1 else f"({' '.join(axis)})" for axis in axes)


def goes_with(axes: tuple[Axis, ...], sizes: tuple[int, ...], told: Mapping[str, int]) -> bool:
    """Whether a tensor of such sizes can be taken apart so, where some letters are told.

    >>> goes_with((("b",), ("n", "p")), (4, 24), {"p": 8}), goes_with((("b",), ("n", "p")), (4, 20), {"p": 8})
    (True, False)
    """
    if len(axes) != len(sizes):
        return False
    for axis, size in zip(axes, sizes, strict=True):
        known, open_ = prod(told[each] for each in axis if each in told), sum(each not in told for each in axis)
        if known < 1 or open_ > 1 or (size % known if open_ else size != known):
            return False
    return True
