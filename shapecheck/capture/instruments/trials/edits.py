"""The edits that put other texts in the place of expressions."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Collection, Iterable, Mapping
from itertools import chain, pairwise

from shapecheck.findings import Edit

# What a dot or a bracket may follow as it is.
Primary = ast.Name | ast.Attribute | ast.Call | ast.Subscript


def as_primary(node: ast.expr) -> str:
    """An expression as something that a dot or a bracket may follow, in brackets where it needs them."""
    return ast.unparse(node) if isinstance(node, Primary) else f"({ast.unparse(node)})"


def replaced_text(file: str, old: ast.expr | ast.stmt, new: str) -> tuple[Edit, ...]:
    """The edit; nothing where columns cannot be trusted, because Python counts them in bytes."""
    first, last = old.lineno, old.end_lineno or old.lineno
    rows = [linecache.getline(file, number) for number in range(first, last + 1)]
    if not all(row and row.isascii() for row in rows):
        return ()
    head, tail = rows[0][: old.col_offset], rows[-1][old.end_col_offset or 0 :]
    return (Edit(file, first, last, head + new + tail),)


def replaced_texts(file: str, texts: Mapping[ast.expr, str]) -> tuple[Edit, ...]:
    """The edits for several expressions; those of one line are one edit, and none may lie in another one."""
    found: dict[int, tuple[list[ast.expr], str]] = {}
    for old in sorted(texts, key=lambda old: (old.lineno, -old.col_offset)):
        before, row = found.get(old.lineno, ([], linecache.getline(file, old.lineno)))
        if old.end_lineno != old.lineno or not row.isascii() or not row:
            each = [replaced_text(file, old, new) for old, new in texts.items()]
            return tuple(chain.from_iterable(each)) if all(each) and _are_apart(texts) else ()
        if before and (old.end_col_offset or 0) > before[-1].col_offset:
            return ()
        found[old.lineno] = [*before, old], row[: old.col_offset] + texts[old] + row[old.end_col_offset or 0 :]
    return tuple(Edit(file, line, line, row) for line, (_, row) in sorted(found.items()))


def all_apart(each: Collection[tuple[Edit, ...]]) -> tuple[Edit, ...]:
    """The edits of several changes as one; none where a change has none, or two of them are of one line."""
    lines = [edit.line for edits in each for edit in edits]
    return tuple(chain.from_iterable(each)) if all(each) and len({*lines}) == len(lines) else ()


def _are_apart(texts: Iterable[ast.expr]) -> bool:
    """Whether no two expressions stand in the same lines."""
    ends = sorted((old.lineno, old.end_lineno or old.lineno) for old in texts)
    return all(one[1] < other[0] for one, other in pairwise(ends))
