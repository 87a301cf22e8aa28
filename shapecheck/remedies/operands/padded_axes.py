"""Padding that went to other axes than was meant, or by less: torch's pad counts from the last axis on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import argument, call_of, expression, factors, piece
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, both_ways, sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import function_at, last_name, source_of, walk
from shapecheck.reading.where_made import made_or_written

_COST = 0.03
_ASKED = re.compile(r"(?P<of>.+)\.(?:size\(|shape\[|size\(\)\[)(?P<axis>-?\d+)[\])]")
_PAD = 1  # the place of the sizes among the arguments of pad


def candidates(evidence: Evidence) -> list[Candidate]:
    """The pairs of sizes in the other order, where one axis lacks what another has too much; or each its difference."""
    ways = list(both_ways(failed(evidence, *JOINS, *ELEMENTWISE)))
    return [
        *(each for item, other in ways for each in _turned(evidence, item, other)),
        *(each for item, other in ways for each in _by_differences(evidence, item, other)),
    ]


def _by_differences(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    """Half of its own difference before each axis and the rest behind, where all the differences are named."""
    have, want = sizes_of(item), sizes_of(other)
    if len(have) < 4 or len(have) != len(want) or have[2:] == want[2:]:
        return
    for origin in made_or_written(evidence, item):
        call = call_of(origin.span)
        told = argument(origin.span, "pad", _PAD) if call is not None and last_name(call.func) == "pad" else None
        if call is None or told is None or not call.args:
            continue
        named = _differences(origin.span, ast.unparse(call.args[0]), len(have))
        for place in spans_of(evidence, told):
            parts = [ast.unparse(each) for each in _items(expression(place.text))]
            halves = {text for name in named.values() for text in (f"{name} // 2", f"{name} - {name} // 2")}
            if parts and set(parts) <= halves and len(named) == len(have) - 2:
                each = [
                    f"{named[axis]} // 2, {named[axis]} - {named[axis]} // 2" for axis in sorted(named, reverse=True)
                ]
                text = f"[{', '.join(each)}]"
                step = Step("stand_in", item.role, (*have[:2], *want[2:]))
                yield Candidate(f"pad by {text}", (Change(place, text),), (step,), _COST)
                return


def _items(node: ast.expr | None) -> list[ast.expr]:
    """The items of a list that is written out, or of one that is repeated, ``2 * [a, b]``."""
    for part in factors(node):
        if isinstance(part, ast.List | ast.Tuple):
            return part.elts
    return []


def _differences(place: Span, filled: str, count: int) -> dict[int, str]:
    """Axis of the places -> the name of what a map lacks along it: ``high`` of ``y.size(2) - x.size(2)``."""
    found = {}
    for node in walk(function_at(place) or getattr(source_of(place.file), "tree", None)):
        for target, value in values_given(node):
            left, right = (value.left, value.right) if isinstance(value, ast.BinOp) else (None, None)
            if isinstance(target, ast.Name) and isinstance(getattr(value, "op", None), ast.Sub) and left and right:
                whole, lacks = (_ASKED.fullmatch(ast.unparse(each)) for each in (left, right))
                if whole and lacks and whole["axis"] == lacks["axis"] and lacks["of"] == filled != whole["of"]:
                    found[int(whole["axis"]) % count] = target.id
    return {axis: name for axis, name in found.items() if axis > 1}


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
