"""Maps that were made larger by a factor, and are beside others of an odd size: as large as these are."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, Shape, failed
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, both_ways, sizes_of
from shapecheck.reading.sources import known_at, last_name, names_in, node_at, walk
from shapecheck.reading.where_made import made_or_written

_COST = 0.05
_FAR = "these are not as large by far: others may have been meant to be beside them, or another factor"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``F.interpolate(x, size=skip.shape[-2:])`` for ``scale_factor=2``."""
    ways = both_ways(failed(evidence, *JOINS, *ELEMENTWISE, *SAME_SHAPE_LOSSES))
    return [each for item, other in ways for each in _as_large(evidence, item, other)]


def _as_large(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    have, want = sizes_of(item)[2:], sizes_of(other)[2:]
    if not have or len(have) != len(want) or have == want or other.span is None:
        return
    text = f"size={other.span.text}.shape[2:]"
    for origin in made_or_written(evidence, item):
        tree, there = expression(origin.span.text), node_at(origin.span)
        for call in walk(tree):
            told = _factor(call)
            is_here = origin.span == item.span
            if told is not None and there is not None and (is_here or names_in(node_at(other.span)) <= known_at(there)):
                step = Step("stand_in", item.role, (*sizes_of(item)[:2], *want))
                doubt = "" if _are_near(have, want, told) else _FAR
                yield Candidate(text, (Change(piece(origin.span, told), text),), (step,), _COST, doubt)
                return


def _are_near(have: Shape, want: Shape, factor: ast.keyword) -> bool:
    """Whether they differ by no more than what is lost or won where maps are made smaller by the factor."""
    number = whole_number(factor.value) or 2
    return all(abs(larger - size) < number for size, larger in zip(have, want, strict=True))


def _factor(node: ast.AST) -> ast.keyword | None:
    if not isinstance(node, ast.Call) or last_name(node.func) not in ("interpolate", "upsample"):
        return None
    return next((each for each in node.keywords if each.arg == "scale_factor"), None)
