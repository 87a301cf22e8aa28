"""Two arguments of a function in each other's place, so that what it makes of their lengths is turned."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import call_of
from shapecheck.reading.failing import Shape, failed, tensors
from shapecheck.reading.mismatches import ELEMENTWISE, dtype_of, sizes_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import last_name, node_at, source_of
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.moves import exchanged

CAUSE = "arguments_in_other_order"
_COST = 0.06
_OTHER = "what it goes with may be the one that lies the other way"
_BOTH_WAYS = "it is called both ways, which may be meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``mask_of(tgt, src)`` for ``mask_of(src, tgt)``, where its result has the two lengths the other way round."""
    operation = failed(evidence, *ELEMENTWISE, "masked_fill", "masked_fill_", "where")
    items = tensors(operation)[:2] if operation is not None else ()
    if len(items) < 2:
        return []
    return [
        found
        for item, other in (items, items[::-1])
        for lengths in _turned(sizes_of(item), sizes_of(other))
        if item.span is not None
        for found in _exchanged(evidence, item.span, lengths, "" if _is_mask(item) and not _is_mask(other) else _OTHER)
    ]


def _is_mask(item: Argument) -> bool:
    return dtype_of(item) == "bool"


def _turned(have: Shape, want: Shape) -> Iterator[tuple[int, int]]:
    """The two sizes that stand in each other's place, where all others go together."""
    have, want = have[-len(want) :], want[-len(have) :]
    different = [axis for axis, size in enumerate(have) if size != want[axis] and 1 not in (size, want[axis])]
    if len(different) == 2 and have[different[0]] == want[different[1]] and have[different[1]] == want[different[0]]:
        yield have[different[0]], have[different[1]]


def _exchanged(evidence: Evidence, made: Span, lengths: tuple[int, int], doubt: str) -> Iterator[Candidate]:
    for place in spans_behind(evidence, made):
        call, source, node = call_of(place), source_of(place.file), node_at(place)
        if call is None or source is None or not isinstance(node, ast.Call):
            continue
        functions = {each.name for each in source.functions}
        if last_name(call.func) not in functions:
            continue
        held = held_around(evidence, source, node)
        given = [(each, held[each.id]) for each in node.args if isinstance(each, ast.Name) and each.id in held]
        shapes = [(each, value.record) for each, value in given if value.record is not None]
        for (one, first), (other, second) in combinations(shapes, 2):
            pairs = list(zip(first.shape, second.shape, strict=False))
            differ = [pair for pair in pairs if pair[0] != pair[1]]
            if first.dtype == second.dtype and first.ndim == second.ndim and differ in ([lengths], [lengths[::-1]]):
                found = exchanged(source.span(one), source.span(other), cost=_COST)
                texts = [ast.unparse(other), ast.unparse(one)]
                both = any(
                    [ast.unparse(each) for each in again.args if ast.unparse(each) in texts] == texts
                    for again in source.calls(last_name(call.func))
                )
                yield replace(found, doubt=_BOTH_WAYS if both else doubt)
                return
