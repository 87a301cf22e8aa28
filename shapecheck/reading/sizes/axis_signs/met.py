"""What the positions of the tensor meet: a table that is cut to them, one number a sample they are compared with."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.reading.edits import whole_number
from shapecheck.reading.sizes.axis_signs.use import Use
from shapecheck.reading.sources import (
    items_of,
    last_name,
    parents,
    walk,
)

_KEPT = ("to", "float", "long", "clone", "int", "cpu", "cuda", "type_as")


def of_slice(use: Use) -> Iterator[int]:
    """The axis that meets a table cut to it: ``x + pe[:, :x]``, counted from the last axis on."""
    cut = next((up for up in parents(use.node) if isinstance(up, ast.Slice)), None)
    table = next((up for up in parents(use.node) if isinstance(up, ast.Subscript)), None)
    if cut is None or table is None:
        return
    parts = items_of(table.slice)
    axis = next((at for at, each in enumerate(parts) if each is cut), None)
    beside, sizes, have = getattr(table, "parent", None), use.shape(table.value), use.one.sizes
    if axis is None or not sizes or not isinstance(beside, ast.BinOp):
        return
    other = beside.left if beside.right is table else beside.right
    met = use.shape(other) or (have if use.is_it(other) else ())
    if (met and met[: len(have)] == have[: len(met)]) or met[:2] == have[:2]:
        yield len(met) - len(sizes) + axis


def of_comparison(use: Use) -> Iterator[int]:
    """The axis of positions that are held against one number a sample: ``arange(x)[None, :] < lens[:, None]``."""
    call = use.call
    if call is None or last_name(call.func) != "arange":
        return
    axis, compared = _put(call)
    if compared is not None:
        names = [each for each in walk(compared) if isinstance(each, ast.Name | ast.Attribute)]
        rows = {each[0] for name in names if len(each := use.shape(name)) == 1}
        fitting = [at for at in (0, 1) if {use.one.sizes[at]} == rows]
        axis = 1 - fitting[0] if len(fitting) == 1 else axis
    elif not any(isinstance(getattr(each, "parent", None), ast.Compare) for each in use.readings()):
        return
    if axis is not None:
        yield axis


def _put(call: ast.Call) -> tuple[int | None, ast.Compare | None]:
    """Along which of two axes a row is laid, ``arange(n)[:, None]``, and the comparison in which it stands."""
    axis = None
    for up in parents(call):
        if isinstance(up, ast.Subscript):
            parts = items_of(up.slice)
            axis = next((at for at, each in enumerate(parts) if isinstance(each, ast.Slice)), len(parts))
        elif isinstance(up, ast.Call) and last_name(up.func) == "unsqueeze" and up.args:
            axis = {0: 1, 1: 0, -1: 0}.get(whole_number(up.args[0]) or 0)
        elif isinstance(up, ast.Compare):
            return axis, up
        elif not isinstance(up, ast.Attribute) and not (isinstance(up, ast.Call) and last_name(up.func) in _KEPT):
            break
    return axis, None
