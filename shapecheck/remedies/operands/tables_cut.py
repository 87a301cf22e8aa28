"""A table of the model cut to the sizes of what it meets."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import failed
from shapecheck.reading.layers.tables_of_models import is_table
from shapecheck.reading.mismatches import is_learned, sizes_of, spreads
from shapecheck.reading.sizes.size_texts import asked
from shapecheck.reading.sources import function_around, items_of, last_name, node_at, walk
from shapecheck.remedies.moves import put_behind

_EACH_NUMBER = "each number of the data may be meant to meet each number of the table"
_FEWER_STEPS = "the table is as long as the data were before some layer left fewer steps of them"
_MATRIX = "it is as long as it is wide: a vector of weights, or a product of matrices, may be meant"
_OTHER_AXIS = "the table has as many numbers as another axis, along which it may be meant"
_ONE_MORE = "the table has a row for what is joined to the steps behind it, and may be meant to be added there"
FEATURES = "the table holds other features than what it goes with, so that one of them was made for another width"


def shortened_table(evidence: Evidence, item: Argument, other: Argument, *, cost: float) -> Iterator[Candidate]:
    """A table of the model that is longer than this sequence, such as that of positions."""
    if item.value.record is None or other.value.record is None or not is_table(evidence, item):
        return
    sizes, wanted = item.value.record.shape, other.value.record.shape
    tail = wanted[len(wanted) - len(sizes) :]
    for axis, (have, want) in enumerate(zip(sizes, tail, strict=False)):
        rest = (*sizes[:axis], want, *sizes[axis + 1 :])
        # What was cut there already is as long as was meant.
        if have > want and spreads(rest, wanted) and not _is_cut(item, axis):
            place = len(wanted) - len(sizes) + axis
            index = (*([":"] * axis), f":{asked(other, place)}")
            step = Step("item", item.role, (*([":"] * axis), f":{want}"))
            doubt = doubt_of_cut(evidence, item, other, (axis,))
            for each in put_behind(evidence, item, f"[{', '.join(index)}]", [step], cost=cost):
                yield replace(each, doubt=doubt)


def _is_cut(item: Argument, axis: int) -> bool:
    """Whether an operand is written as a part of something along an axis: ``table[:, :n]`` along the second."""
    node = expression(item.span.text) if item.span is not None else None
    parts = items_of(node.slice)[axis : axis + 1] if isinstance(node, ast.Subscript) else []
    return any(isinstance(each, ast.Slice) and each.upper is not None for each in parts)


def doubt_of_cut(evidence: Evidence, table: Argument, other: Argument, axes: tuple[int, ...]) -> str:
    """What stands against a table that is cut along some of its axes to the sizes of what it meets."""
    sizes, wanted = sizes_of(table), sizes_of(other)
    if len(sizes) == len(wanted) == 1 or (len(sizes) == 1 and failed(evidence, "sub")):
        return _EACH_NUMBER
    if len(sizes) == 1 and sizes[0] in wanted[:-1]:
        return _OTHER_AXIS
    if axes == (len(sizes) - 1,) and (len(sizes) > 1 or is_learned(evidence, table)):
        return FEATURES
    if len(sizes) == len(wanted) == 2 and sizes[0] == sizes[1] and axes == (0,) and failed(evidence, "mul", "mul_"):
        return _MATRIX
    if len(axes) == 1 and sizes[axes[0]] - wanted[axes[0] - len(sizes)] == 1 and _is_joined_behind(table):
        return _ONE_MORE
    held = (value.record for frame in evidence.frames if frame.is_user for value in frame.names.values())
    data = [record.shape for record in held if record is not None and record.shape not in (sizes, wanted)]
    rows = sizes[axes[0]] if len(axes) == 1 else 0
    is_of_data = any(rows in shape[1:] for shape in data if len(shape) == 3)
    return _FEWER_STEPS if is_of_data and rows % wanted[axes[0] - len(sizes)] == 0 else ""


def _is_joined_behind(item: Argument) -> bool:
    """Whether a function joins something to the steps behind a line."""
    function = function_around(node_at(item.span))
    calls = (each for each in walk(function) if isinstance(each, ast.Call)) if function is not None else ()
    return item.span is not None and any(
        last_name(each.func) in ("cat", "concat") and each.lineno > item.span.line for each in calls
    )
