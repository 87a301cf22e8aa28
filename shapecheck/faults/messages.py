"""Reads the numbers out of what torch says, for the faults of this folder."""

from __future__ import annotations

import re


def matrices(message: str) -> tuple[int, int, int, int] | None:
    """The shapes ``(a, b)`` and ``(c, d)`` of two matrices that torch could not multiply, or None.

    >>> matrices("mat1 and mat2 shapes cannot be multiplied (28x16 and 17x1)")
    (28, 16, 17, 1)
    """
    found = re.search(r"\((\d+)x(\d+) and (\d+)x(\d+)\)", message)
    if found is None:
        return None
    rows, have, want, columns = map(int, found.groups())
    return rows, have, want, columns
