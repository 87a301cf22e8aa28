"""Heads of keys that are to be repeated for those of the queries, and were repeated along another axis."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.applied import written_axis
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import both_ways, sizes_of
from shapecheck.reading.sources import last_name, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``repeat_interleave(n, dim=1)``, where that makes all axes in front of two matrices agree."""
    ways = both_ways(failed(evidence, "matmul", "einsum", "scaled_dot_product_attention"))
    return [each for item, other in ways for each in _along(evidence, item, other)]


def _along(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    own, wanted = sizes_of(item), sizes_of(other)
    differ = [at for at, size in enumerate(own[:-2]) if at < len(wanted) and size != wanted[at]]
    if len(own) != len(wanted) or len(differ) != 1 or wanted[differ[0]] % own[differ[0]]:
        return
    axis, times = differ[0], wanted[differ[0]] // own[differ[0]]
    for span in spans_behind(evidence, item.span):
        for node in walk(expression(span.text)):
            if not isinstance(node, ast.Call) or last_name(node.func) != "repeat_interleave":
                continue
            given = written_axis(node, 1)
            along = whole_number(given)
            if given is None or along is None:
                continue
            # What was made so many times as long, an axis of the matrices, goes back to what it was.
            if along % len(own) >= len(own) - 2 and any(size % times == 0 for size in own[-2:]):
                yield Candidate(f"dim={axis}", (Change(piece(span, given), str(axis)),), (), _COST)
                return
