"""Of which sample each row of a tensor is, where batches were put one behind the other, side by side, or repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from math import prod

import torch

from shapecheck.capture.instruments.rows.row_order import KEEPS, given_axis
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS

_HOPS = 40
# What works on each number by itself, with several tensors.
_TOGETHER = frozenset(["add", "sub", "rsub", "mul", "div", "where", "lerp", "masked_fill", "maximum", "minimum"])
# What a sample may go through besides, without meeting another one.
_WITHIN = KEEPS | frozenset(
    ["dropout", "layer_norm", "conv1d", "conv2d", "conv3d", "pad", "interpolate", "grid_sample", "unflatten", "gelu",
     "avg_pool1d", "avg_pool2d", "max_pool1d", "max_pool2d", "adaptive_avg_pool2d", "silu", "leaky_relu", "embedding"]
)  # fmt: skip
_TURNS = frozenset(["flip", "roll"])
# A row's origins: an item of a data set, or a row of a tensor that was there; of several that were put together all.
_Origins = frozenset[Hashable]


def row_ids(step: Step, ref: Ref, hops: int = _HOPS) -> tuple[_Origins, ...]:
    """For each row what it came from: the number of an item of a data set, or the row of a tensor that was there.

    Views of the same samples, which a data set returns as two parts of one item or which the script made of one batch
    with other noise each, have an origin in common.
    """
    tape, size = step.tape, step.tape.shape(ref)[:1]
    node = step.node(ref.node)
    own = tuple(frozenset([(ref, row)]) for row in range(size[0] if size else 0))
    draw = tape.drawn.get(ref.node)
    if draw is not None:
        return tuple(frozenset([(draw.data, row)]) for row in draw.rows)
    root = next((root for root in step.roots if ref in root.outputs), None)
    given = next((given for given in root.inputs if tape.shape(given)[:1] == size), None) if root is not None else None
    if given is not None:
        return row_ids(step, given, hops - 1) if hops else own
    if not node.parents or not hops or node.function is None:
        return own
    if node.name == "cat" and given_axis(node) == 0:
        return tuple(row for part in node.parents for row in row_ids(step, part, hops - 1))
    if node.name == "unbind":
        rows = row_ids(step, node.parents[0], hops - 1)
        return (rows[ref.out],) * len(own) if given_axis(node) == 0 else rows
    found = _put_beside(step, node, hops) or _repeated(step, node, hops) or _stacked(step, node, hops)
    found = found or _regrouped(step, node, hops) or _looked_up(step, node, hops)
    if found is not None and len(found) == (size or (0,))[0]:
        return found
    parts = [row_ids(step, part, hops - 1) for part in _kept(step, node, size)]
    return tuple(frozenset[Hashable]().union(*rows) for rows in zip(*parts, strict=True)) if parts else own


def in_common(rows: tuple[_Origins, ...], columns: tuple[_Origins, ...] | None) -> tuple[tuple[_Origins, ...], ...]:
    """Rows and columns, or rows alone that are both, with the origins that two of them all have: noise is of one."""
    counts = Counter(origin for row in (*rows, *(columns or ())) for origin in row)
    shared = {origin for origin, count in counts.items() if count > 1}
    return tuple(row & shared for row in rows), tuple(row & shared for row in columns or rows)


def _kept(step: Step, node: Node, size: tuple[int, ...]) -> list[Ref]:
    """What a node reads whose row k is row k of what comes out."""
    shape_of = step.tape.shape
    if node.name in _TOGETHER:
        parts = [ref for ref in node.parents if step.tape.nodes[ref.node].kind != "parameter"]
        return [ref for ref in parts if shape_of(ref)[:1] == size and len(shape_of(ref)) == len(node.shapes[0])]
    is_kept = node.name in _WITHIN or (node.name in _TURNS and _is_behind(node)) or _is_part(node)
    return [node.parents[0]] if is_kept and shape_of(node.parents[0])[:1] == size else []


def _is_behind(node: Node) -> bool:
    """Whether a ``flip`` or ``roll`` leaves the rows where they are."""
    given = node.kwargs.get("dims", node.args[2] if node.name == "roll" and len(node.args) > 2 else node.args[1:])
    while isinstance(given, tuple | list) and len(given) == 1 and isinstance(given[0], tuple | list):
        given = given[0]
    axes = given if isinstance(given, tuple | list) else (given,)
    ndim = len(node.shapes[0])
    return bool(axes) and all(type(axis) is int and axis % ndim != 0 for axis in axes)


def _is_part(node: Node) -> bool:
    """Whether all rows are read, and some of what is in them: ``x[:, :, top : top + 8]``."""
    index = node.argument(1) if node.name == "__getitem__" else None
    first = index[0] if isinstance(index, tuple) and index else None
    return first is Ellipsis or (isinstance(first, slice) and first == slice(None))


def _stacked(step: Step, node: Node, hops: int) -> tuple[_Origins, ...] | None:
    """``torch.stack([view(image) for image in images])``: each row is made of one item; or of several, side by side."""
    given = given_axis(node)
    if node.name == "stack" and isinstance(given, int) and given > 0:
        parts = [row_ids(step, part, hops - 1) for part in node.parents]
        return tuple(frozenset[Hashable]().union(*rows) for rows in zip(*parts, strict=True))
    if node.name != "stack" or given_axis(node) not in (0, None):
        return None
    found = [_item(step, ref, hops) for ref in node.parents]
    known = tuple(item for item in found if item is not None)
    return known if len(known) == len(found) else None


def _item(step: Step, ref: Ref, hops: int) -> _Origins | None:
    """The rows of batches, and the tensors, that one item was made of, whatever was done to it."""
    node = step.node(ref.node)
    if node.function is None or not node.parents:
        return frozenset([ref])
    is_unbound = node.name == "unbind" and node.args[1:] in ((), (0,))
    number = ref.out if is_unbound else node.argument(1)
    if (is_unbound or node.name == "__getitem__") and type(number) is int:
        rows = row_ids(step, node.parents[0], hops - 1) if hops else ()
        return rows[number] if -len(rows) <= number < len(rows) else None
    parts = [_item(step, parent, hops - 1) for parent in set(node.parents)] if hops else [None]
    known = [part for part in parts if part is not None]
    return frozenset[Hashable]().union(*known) if len(known) == len(parts) else None


def _put_beside(step: Step, node: Node, hops: int) -> tuple[_Origins, ...] | None:
    """``torch.stack([one, other], 1).flatten(0, 1)``: row by row."""
    made = step.node(node.parents[0].node)
    if node.name not in CUTS or made.name != "stack":
        return None
    if len(node.shapes[0]) < min(2, len(made.shapes[0]) - 1):
        return None
    given = given_axis(made)
    count, size = len(made.parents), made.shapes[0][0]
    parts = [row_ids(step, part, hops - 1) for part in made.parents]
    if given == 1 and made.shapes[0][:2] == (size, count):
        return tuple(part[row] for row in range(size) for part in parts)
    return tuple(row for part in parts for row in part) if given == 0 else None


def _regrouped(step: Step, node: Node, hops: int) -> tuple[_Origins, ...] | None:
    """``x.flatten(0, 1)`` of views beside each other, whose rows are of one sample each, and the way back."""
    if node.name not in CUTS:
        return None
    before, after = step.tape.shape(node.parents[0]), node.shapes[0]
    if len(before) > 1 and prod(before[:2]) == after[0] != before[0]:
        return tuple(row for row in row_ids(step, node.parents[0], hops - 1) for _ in range(before[1]))
    if len(after) < 2 or prod(after[:2]) != before[0] or after[0] == before[0]:
        return None
    rows = row_ids(step, node.parents[0], hops - 1)
    each = [rows[at : at + after[1]] for at in range(0, len(rows), after[1])]
    return tuple(frozenset[Hashable]().union(*group) for group in each)


def _looked_up(step: Step, node: Node, hops: int) -> tuple[_Origins, ...] | None:
    """``table[labels]``: a row for each label."""
    index = node.argument(1) if node.name == "__getitem__" else None
    if not isinstance(index, Ref) or step.tape.dtype(index) != torch.int64 or len(step.tape.shape(index)) != 1:
        return None
    return row_ids(step, index, hops - 1)


def _repeated(step: Step, node: Node, hops: int) -> tuple[_Origins, ...] | None:
    """``x.repeat_interleave(2, 0)`` and ``x.repeat(2, 1)``."""
    if node.name not in ("repeat_interleave", "repeat") or len(node.args) < 2 or not isinstance(node.args[1], int):
        return None
    rows, times = row_ids(step, node.parents[0], hops - 1), node.args[1]
    if node.name == "repeat_interleave":
        along = node.argument(2, "dim")
        is_of_rows = along == 0 or (along is None and len(step.tape.shape(node.parents[0])) == 1)
        return tuple(row for row in rows for _ in range(times)) if is_of_rows else None
    return rows * times if times == 1 or all(count == 1 for count in node.args[2:]) else None
