"""The edit that puts another text in the place of an expression."""

from __future__ import annotations

import ast
import linecache

from shapecheck.findings import Edit


def replaced_text(file: str, old: ast.expr, new: str) -> tuple[Edit, ...]:
    """The edit; nothing where columns cannot be trusted, because Python counts them in bytes."""
    first, last = old.lineno, old.end_lineno or old.lineno
    rows = [linecache.getline(file, number) for number in range(first, last + 1)]
    if not all(row and row.isascii() for row in rows):
        return ()
    head, tail = rows[0][: old.col_offset], rows[-1][old.end_col_offset or 0 :]
    return (Edit(file, first, last, head + new + tail),)
