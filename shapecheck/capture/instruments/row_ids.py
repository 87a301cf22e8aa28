"""Of which sample each row of a tensor is, where batches were put one behind the other, side by side, or repeated."""

from __future__ import annotations

from collections.abc import Hashable

from shapecheck.capture.instruments.row_order import KEEPS, axis_of
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref

_HOPS = 40


def row_ids(step: Step, ref: Ref, hops: int = _HOPS) -> tuple[Hashable, ...]:
    """For each row what it came from: the number of an item of a data set, or the row of a tensor that was there.

    Views of the same samples, which a data set returns as two parts of one item, come from the same.
    """
    tape, size = step.tape, step.tape.shape(ref)[:1]
    node = step.node(ref.node)
    own = tuple((ref, row) for row in range(size[0] if size else 0))
    draw = tape.drawn.get(ref.node)
    if draw is not None:
        return tuple((draw.data, row) for row in draw.rows)
    root = next((root for root in step.roots if ref in root.outputs), None)
    given = next((given for given in root.inputs if tape.shape(given)[:1] == size), None) if root is not None else None
    if given is not None:
        return row_ids(step, given, hops - 1) if hops else own
    if not node.parents or not hops or node.function is None:
        return own
    if node.name == "cat" and axis_of(node) == 0:
        return tuple(row for part in node.parents for row in row_ids(step, part, hops - 1))
    found = _put_beside(step, node, hops) or _repeated(step, node, hops)
    if found is not None and len(found) == (size or (0,))[0]:
        return found
    if node.name in KEEPS and tape.shape(node.parents[0])[:1] == size:
        return row_ids(step, node.parents[0], hops - 1)
    return own


def _put_beside(step: Step, node: Node, hops: int) -> tuple[Hashable, ...] | None:
    """``torch.stack([one, other], 1).flatten(0, 1)``: row by row."""
    made = step.node(node.parents[0].node)
    if node.name not in ("flatten", "view", "reshape") or made.name != "stack" or len(node.shapes[0]) < 2:
        return None
    given = axis_of(made)
    count, size = len(made.parents), made.shapes[0][0]
    parts = [row_ids(step, part, hops - 1) for part in made.parents]
    if given == 1 and made.shapes[0][:2] == (size, count):
        return tuple(part[row] for row in range(size) for part in parts)
    return tuple(row for part in parts for row in part) if given == 0 else None


def _repeated(step: Step, node: Node, hops: int) -> tuple[Hashable, ...] | None:
    """``x.repeat_interleave(2, 0)`` and ``x.repeat(2, 1)``."""
    if node.name not in ("repeat_interleave", "repeat") or len(node.args) < 2 or not isinstance(node.args[1], int):
        return None
    rows, times = row_ids(step, node.parents[0], hops - 1), node.args[1]
    if node.name == "repeat_interleave":
        along = node.kwargs.get("dim", node.args[2] if len(node.args) > 2 else None)
        return tuple(row for row in rows for _ in range(times)) if along == 0 else None
    return rows * times if all(count == 1 for count in node.args[2:]) else None


__all__ = ["row_ids"]
