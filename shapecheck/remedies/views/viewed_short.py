"""A view that leaves the number of rows open and is told too few columns, so that each sample became several rows."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import call_of, is_number, piece
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.recurrent.whole_states import may_have_both_directions
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import last_name, node_at, source_of, user_sources
from shapecheck.reading.where_made import made_or_written

CAUSE = "rows_cut_by_view"
_COST = 0.05
_MERGED = "the samples do not stand first in what is laid out, so that rows of several would be mixed"
_HEADS = "the rows may be meant as heads, which what they meet was to be taken apart into as well"
# More rows than this many times the samples are steps or places, which a view keeps apart.
_MOST = 8
_TURNS = (("transpose", ["0", "1"]), ("permute", ["1", "0", "2"]))
_KEEP = ("contiguous", "clone")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``state.view(-1, hidden * 2, 1)`` for ``state.view(-1, hidden, 1)``, as a product of batches asks for."""
    operation = failed(evidence, "bmm", "matmul", "baddbmm")
    items = tensors(operation)
    if len(items) < 2 or any(len(sizes_of(item)) != 3 for item in items[-2:]):
        return []
    left, right = items[-2:]
    return [
        *_longer(evidence, right, sizes_of(left)[0], (1, sizes_of(left)[2])),
        *_longer(evidence, left, sizes_of(right)[0], (2, sizes_of(right)[1])),
    ]


def _longer(evidence: Evidence, item: Argument, rows: int, told: tuple[int, int]) -> Iterator[Candidate]:
    sizes, (axis, want) = sizes_of(item), told
    times = sizes[0] // rows if rows else 0
    if not 1 < times <= _MOST or sizes[0] != times * rows or sizes[axis] * times != want:
        return
    for origin in made_or_written(evidence, item):
        call = call_of(origin.span)
        given = call.args if call is not None and last_name(call.func) in ("view", "reshape") else []
        given = given[0].elts if len(given) == 1 and isinstance(given[0], ast.Tuple) else given
        if call is None or len(given) != 3 or ast.unparse(given[0]) != "-1" or not isinstance(call.func, ast.Attribute):
            continue
        written = piece(origin.span, given[axis])
        text = str(want) if is_number(written.text) else f"{written.text} * {times}"
        if written.text == "-1" or not (isinstance(given[axis], ast.Name | ast.Attribute) or is_number(written.text)):
            return
        are_directions = times == 2 and any(map(may_have_both_directions, user_sources(evidence)))
        doubt = "" if are_directions else _HEADS
        doubt = doubt if _leads(evidence, origin.span, call.func.value, rows) else _MERGED
        yield Candidate(f"{written.text} -> {text}", (Change(written, text),), (), _COST, doubt)
        return


def _leads(evidence: Evidence, place: Span, base: ast.expr, rows: int) -> bool:
    """Whether the samples stand first in what is laid out."""
    source, axis = source_of(place.file), 0
    node = node_at(place)
    while isinstance(base, ast.Call) and isinstance(base.func, ast.Attribute):
        if (base.func.attr, [ast.unparse(each) for each in base.args]) in _TURNS:
            axis = 1 - axis
        elif base.func.attr not in _KEEP:
            return False
        base = base.func.value
    held = held_around(evidence, source, node).get(ast.unparse(base))
    return sizes_of(held)[axis : axis + 1] == (rows,)
