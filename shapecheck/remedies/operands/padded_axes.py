"""Padding that went to other axes than was meant: torch's pad counts from the last axis on."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import argument, expression, piece
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, both_ways, sizes_of
from shapecheck.reading.sources import last_name
from shapecheck.reading.where_made import made_or_written

_COST = 0.03
_PAD = 1  # the place of the sizes among the arguments of pad


def candidates(evidence: Evidence) -> list[Candidate]:
    """The pairs of sizes in the other order, where what one axis has too much another one lacks."""
    ways = both_ways(failed(evidence, *JOINS, *ELEMENTWISE))
    return [each for item, other in ways for each in _turned(evidence, item, other)]


def _turned(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    have, want = sizes_of(item)[2:], sizes_of(other)[2:]
    if len(have) < 2 or len(have) != len(want) or have == want or sum(have) != sum(want):
        return
    for origin in made_or_written(evidence, item):
        node = expression(origin.span.text)
        told = (
            argument(origin.span, "pad", _PAD) if isinstance(node, ast.Call) and last_name(node.func) == "pad" else None
        )
        sizes = expression(told.text) if told is not None else None
        if told is None or not isinstance(sizes, ast.List | ast.Tuple) or len(sizes.elts) != 2 * len(have):
            continue
        texts = [piece(told, each).text for each in sizes.elts]
        text = ", ".join(", ".join(texts[at : at + 2]) for at in range(len(texts) - 2, -1, -2))
        text = f"[{text}]" if isinstance(sizes, ast.List) else f"({text})"
        step = Step("stand_in", item.role, (*sizes_of(item)[:2], *want))
        yield Candidate(f"pad by {text}", (Change(told, text),), (step,), _COST)
        return
