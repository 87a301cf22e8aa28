"""A table that meets one number a row, in a call that takes one column of it for another argument: that column."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import takes_all, whole_number
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import call_around, found_at, walk

_COST = 0.05
_SEVERAL = "several columns are taken beside, and it may be any of them"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``reduce(loss, weights[:, 0], weights[:, 0].sum())`` for a loss that has one number a row."""
    found: list[Candidate] = []
    for item, other in both_ways(failed(evidence, *ELEMENTWISE)):
        have, want = sizes_of(item), sizes_of(other)
        if len(have) == 2 and len(want) == 1 and have[0] == want[0] != have[1]:
            found += _columns(evidence, item)
    return found


def _columns(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    places = [item.span, *(each.span for each in trace(evidence, item.span, parts=True))] if item.span else []
    for place in places:
        source, node = found_at(place)
        call = call_around(node)
        if source is None or node is None or call is None:
            continue
        taken = sorted(set(_taken(call, ast.unparse(node))))
        for text in taken:
            column = int(text.rpartition(",")[2].strip(" ]"))
            trial = (Step("item", item.role, (":", column)),)
            doubt = _SEVERAL if len(taken) > 1 else ""
            yield Candidate(text, (Change(source.span(node), text),), trial, _COST, doubt)
        if taken:
            return


def _taken(call: ast.Call, name: str) -> Iterator[str]:
    """The single columns of a tensor that stand anywhere in a call."""
    for each in walk(call):
        parts = each.slice.elts if isinstance(each, ast.Subscript) and isinstance(each.slice, ast.Tuple) else []
        is_column = len(parts) == 2 and takes_all(parts[0]) and whole_number(parts[1]) is not None
        if isinstance(each, ast.Subscript) and is_column and ast.unparse(each.value) == name:
            yield ast.unparse(each)
