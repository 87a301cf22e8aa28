"""A turn behind a view whose sizes stand in another order than the numbers lie: the view with its sizes exchanged."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from itertools import accumulate
from operator import mul

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import applied_to, size_asked, told_to
from shapecheck.reading.edits import changed, expression, piece, replaced
from shapecheck.reading.mismatches import sizes_of, with_exchanged
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import found_at
from shapecheck.reading.turned_before import axes_turned


def sizes_exchanged(evidence: Evidence, span: Span, suffix: str, sizes: Sequence[int]) -> str | None:
    """``x.view(n, -1)`` for ``x.view(-1, n).t()``, where only the first keeps together what lies together in ``x``.

    Args:
        evidence: The problem.
        span: The expression.
        suffix: What was to be put behind it.
        sizes: What it gives.
    """
    axes, call = _exchanged(suffix, len(sizes)), expression(span.text)
    if axes is None or not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or "\n" in span.text:
        return None
    given = told_to(call)
    is_view = call.func.attr in ("view", "reshape") and not call.keywords
    if not is_view or len(given) != len(sizes) or any(isinstance(each, ast.Starred) for each in given[: max(axes) + 1]):
        return None
    source, there = found_at(span)
    held = held_around(evidence, source, there) if source is not None and there is not None else {}
    base = applied_to(call)
    whole = sizes_of(held.get(ast.unparse(base))) if base is not None else ()
    one, other = axes
    turned = with_exchanged(tuple(sizes), one, other)
    is_crossed = _asked(given[one]) > _asked(given[other]) >= 0 and _base(given[one]) == _base(given[other])
    if not is_crossed and (not whole or not _lies_as(whole, turned) or _lies_as(whole, sizes)):
        return None
    plain = Span("", 1, 0, 1, len(span.text), span.text)
    texts = {at: ast.get_source_segment(f"({span.text}\n)", given[at]) or "" for at in axes}
    return changed(span.text, [replaced(piece(plain, given[at]), texts[one + other - at]) for at in axes])


def _exchanged(suffix: str, count: int) -> tuple[int, int] | None:
    """The two axes that a turn exchanges."""
    if suffix in (".t()", ".T") and count == 2:
        return 0, 1
    turn = axes_turned(f"_{suffix}")
    if turn is None:
        return None
    moved = turn[2] if turn[1] == "transpose" else tuple(axis for at, axis in enumerate(turn[2]) if at != axis)
    return (min(moved), max(moved)) if len(moved) == 2 and max(moved) < count else None


def _asked(node: ast.expr) -> int:
    """The axis of which a size is asked; -1 where it is none."""
    asked = size_asked(node)
    return asked[1] if asked is not None else -1


def _base(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[0]


def _lies_as(whole: Sequence[int], sizes: Sequence[int]) -> bool:
    """Whether sizes only merge or split the axes of a tensor: each row of samples stays one."""
    ends, others = (set(accumulate((each for each in some if each != 1), mul)) for some in (whole, sizes))
    return ends <= others or others <= ends
