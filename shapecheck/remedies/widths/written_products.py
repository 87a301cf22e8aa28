"""A width that is written as a product of numbers, ``16 * 5 * 5``: written anew, with the sides of another map."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import isqrt, prod

from shapecheck.reading.edits import expression, whole_number
from shapecheck.reading.written_products import factors


def is_written_out(text: str) -> bool:
    """Whether a width is of numbers alone, so that a number in its place goes with nothing else.

    >>> is_written_out("16 * 5 * 5"), is_written_out("width * 5 * 5")
    (True, False)
    """
    node = expression(text)
    return node is not None and all(isinstance(each, ast.Constant) for each in factors(node))


def written_anew(text: str, want: int) -> str:
    """The product as it must be: with the sides of a square map changed, else one factor; the number where none fits.

    >>> written_anew("16 * 5 * 5", 256), written_anew("16 * 5 * 5", 800), written_anew("400", 256)
    ('16 * 4 * 4', '32 * 5 * 5', '256')
    """
    node = expression(text)
    sizes = [whole_number(each) or 0 for each in factors(node)] if node is not None else []
    if len(sizes) < 2 or 0 in sizes or want in sizes:
        # Where one factor alone is what is wanted, the others are too many.
        return str(want)
    return next((" * ".join(map(str, new)) for new in _others(sizes, want)), str(want))


def _others(sizes: list[int], want: int) -> Iterator[list[int]]:
    if len(sizes) > 2 and sizes[-1] == sizes[-2]:
        rest, more = divmod(want, prod(sizes[:-2]))
        if not more and isqrt(rest) ** 2 == rest:
            yield [*sizes[:-2], isqrt(rest), isqrt(rest)]
    for at in (0, len(sizes) - 1):
        rest, more = divmod(want, prod(sizes[:at] + sizes[at + 1 :]))
        if not more:
            yield [*sizes[:at], rest, *sizes[at + 1 :]]
