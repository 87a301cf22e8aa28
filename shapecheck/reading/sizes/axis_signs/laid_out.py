"""Where the size stands in what is laid out, repeated, made or pooled with it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.reading.edits import whole_number
from shapecheck.reading.mismatches import without_axis
from shapecheck.reading.sizes.axis_signs.use import FACTORIES, LAID_OUT, Use, is_square
from shapecheck.reading.sources import call_around, last_name


def of_view(use: Use) -> Iterator[int]:
    """The leading axes of a view stay where they are: ``x.view(x, -1)``; and what stands behind ``-1`` is the last."""
    call = call_around(use.node)
    if call is None or not isinstance(call.func, ast.Attribute) or call.func.attr not in LAID_OUT:
        return
    if use.node in call.args:
        at = call.args.index(use.node)
        before = [whole_number(part) for part in call.args[:at]]
        if at == 0 or all(number is None for number in before):
            yield at
        elif before == [-1] and len(call.args) == 2 and use.is_it(call.func.value):
            yield -1


def of_missing(use: Use) -> Iterator[int]:
    """The only axis that what is repeated or spread has not, or one of one number in its place."""
    call, row, have = use.call, use.row, use.one.sizes
    name = last_name(call.func) if call is not None else ""
    if call is None or use.node not in row:
        return
    at, count = row.index(use.node), len(have)
    if name in ("repeat", "expand", "tile") and isinstance(call.func, ast.Attribute):
        sizes = use.shape(call.func.value)
        if len(sizes) == len(row) == count and without_axis(have, at) == without_axis(sizes, at):
            yield at
        if len(sizes) == count - 1 and at == 0:
            fitting = [axis for axis in range(count) if without_axis(have, axis) == sizes]
            yield from fitting if len(fitting) == 1 else ()
    elif name in FACTORIES and len(row) == count and not is_square(call):
        others = [whole_number(each) == 1 or use.asked(each) == axis for axis, each in enumerate(row)]
        itself = isinstance(call.func, ast.Attribute) and use.is_it(call.func.value)
        # What lies last are features, which have no other place.
        if sum(others) == len(others) - 1 or (at == len(others) - 1 and itself):
            yield at


def of_pool(use: Use) -> Iterator[int]:
    """The steps of maps lie last, where all of them are pooled: ``F.max_pool1d(x, x)``."""
    call = call_around(use.node)
    if call is not None and last_name(call.func).endswith("pool1d") and call.args[1:2] == [use.node]:
        yield -1
