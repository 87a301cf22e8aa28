"""What is asked of the tensor beside: among the sizes of the same row, or elsewhere among the same sizes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.reading.sizes.axis_signs.use import FACTORIES, LAID_OUT, RANGES, Use, call_over, is_square, row_around
from shapecheck.reading.sources import (
    call_around,
    found_at,
    home_around,
    last_name,
    walk,
)


def as_beside(use: Use) -> Iterator[int]:
    """What is asked of it beside: in one count the same axis, among sizes the one that lies as far apart."""
    _, place = found_at(use.one.place)
    for spot in (use.node, place):
        around, row = (call_over(spot), row_around(spot)) if spot is not None else (None, [])
        if around is not None and (last_name(around.func) in RANGES or is_square(around)):
            asked = [use.asked(each) for each in walk(around)]
            yield from dict.fromkeys(axis for axis in asked if axis is not None)
        elif spot in row:
            at = row.index(spot)
            apart = {axis + at - other for other, each in enumerate(row) if (axis := use.asked(each)) is not None}
            yield from apart if len(apart) == 1 else ()


def in_a_like_call(use: Use) -> Iterator[int]:
    """What is asked elsewhere in the function beside the same sizes: ``zeros(x, n), randn(x.size(1), n)``."""
    call, home = call_around(use.node), home_around(use.node)
    row = call.args if call is not None else []
    if use.node not in row or home is None:
        return
    at, texts = row.index(use.node), [ast.unparse(each) for each in row]
    for other in walk(home):
        given = other.args if isinstance(other, ast.Call) and other is not call else []
        if len(given) != len(row) or last_name(getattr(other, "func", None)) not in (*RANGES, *FACTORIES, *LAID_OUT):
            continue
        axis = use.asked(given[at])
        others = [ast.unparse(each) for each in given]
        if axis is not None and others[:at] + others[at + 1 :] == texts[:at] + texts[at + 1 :]:
            yield axis
            return
