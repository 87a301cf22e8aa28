"""A mask of (keys, queries) beside scores of (..., queries, keys): its two axes exchanged where it is made."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of
from shapecheck.reading.sources import last_name, walk
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.moves import put_behind

CAUSE = "mask_does_not_fit"
_ORDER = "what the mask hides depends on which axis comes first: its sizes may have been exchanged where it is made"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The last two axes exchanged of an operand with fewer axes, if these are what keeps it from the other one."""
    return [
        candidate
        for item, other in (both_ways(failed(evidence, *ELEMENTWISE)))
        if _lies_turned(sizes_of(item), sizes_of(other))
        for candidate in _turned(evidence, item)
    ]


def _lies_turned(sizes: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    if not 2 <= len(sizes) < len(wanted) or sizes[-2:] != wanted[:-3:-1] or sizes[-1] == sizes[-2]:
        return False
    front = wanted[len(wanted) - len(sizes) : -2]
    return min(sizes[-2:]) > 1 and all(have in (1, want) for have, want in zip(sizes[:-2], front, strict=True))


def _turned(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    suffix = ".t()" if len(sizes_of(item)) == 2 else ".transpose(-2, -1)"
    step = Step("transpose", item.role, (-2, -1))
    doubt = _ORDER if item.span is not None and any(map(_has_an_order, spans_behind(evidence, item.span))) else ""
    ways = put_behind(evidence, _made_with(item), suffix, [step], cost=0.1, prefer="origin")
    yield from (replace(each, doubt=doubt) for each in ways)


def _has_an_order(span: Span) -> bool:
    """Whether a text makes something that is not the same when its two axes are exchanged: a triangle, a view."""
    tree = expression(span.text)
    for node in walk(tree):
        if isinstance(node, ast.Call) and last_name(node.func) in ("tril", "triu", "view", "reshape"):
            return True
        is_order = isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE)
        calls = {last_name(part.func) for part in walk(node) if isinstance(part, ast.Call)} if is_order else set()
        if is_order and "abs" not in calls:
            return True
    return False


def _made_with(item: Argument) -> Argument:
    """The one name in an operand that compares it with a number: ``mask`` of ``mask == 0``."""
    node = expression(item.span.text) if item.span is not None else None
    if item.span is None or not isinstance(node, ast.Compare | ast.UnaryOp):
        return item
    parts = [each for each in walk(node) if isinstance(each, ast.Name)]
    if len(parts) != 1:
        return item
    return replace(item, span=piece(item.span, parts[0]))
