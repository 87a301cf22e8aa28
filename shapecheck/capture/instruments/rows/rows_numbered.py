"""What is read by the numbers of rows, and the reshape that put several axes into one for it."""

from __future__ import annotations

from shapecheck.capture.instruments.axes.features_axis import uncut
from shapecheck.capture.instruments.axes.flattened import merged
from shapecheck.capture.instruments.axes.samples_axis import turned
from shapecheck.capture.instruments.tensors.makers import ELEMENTWISE
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS

_KEEPS = ELEMENTWISE | frozenset(["linear", "layer_norm", "clone"])
_HOPS = 8


def rows_read(step: Step, node: Node) -> tuple[Node, tuple[int, ...], Ref] | None:
    """The reshape that flattened what is read by numbers, the sizes that it put into one axis, and the numbers."""
    axis = 0
    if node.name == "__getitem__" and len(node.args) > 1:
        index = node.args[1]
        parts = index if isinstance(index, tuple) else (index,)
        axis = next((at for at, part in enumerate(parts) if isinstance(part, Ref)), -1)
        if axis < 0 or any(part != slice(None) for part in parts[:axis]):
            return None
        numbers = parts[axis]
    elif node.name in ("index_select", "gather") and node.parents:
        given = dict(zip(("input", "dim", "index"), node.args, strict=False)) | node.kwargs
        along, numbers = axis_of(node, len(step.tape.shape(node.parents[0]))), given.get("index")
        if along is None:
            return None
        axis = along
    elif node.name == "embedding" and len(node.parents) > 1:
        return _flattened(step, node.parents[1], 0, node.parents[0])
    else:
        return None
    return _flattened(step, node.parents[0], axis, numbers) if isinstance(numbers, Ref) else None


def _flattened(step: Step, ref: Ref, axis: int, numbers: Ref) -> tuple[Node, tuple[int, ...], Ref] | None:
    if step.tape.dtype(numbers).is_floating_point or step.tape.dtype(numbers).itemsize == 1:
        return None
    for _ in range(_HOPS):
        node = step.node(ref.node)
        if node.function is None or not node.parents:
            return None
        before, after = step.tape.shape(node.parents[0]), step.tape.shape(ref)
        if node.name in CUTS:
            sizes = merged(before, after, axis)
            if sizes is not None:
                return node, sizes, numbers
            kept = [at for at in range(len(before)) if uncut(before, after, at) == axis]
        elif node.name in _KEEPS and len(before) == len(after) and before[axis] == after[axis]:
            kept = [axis]
        else:
            kept = [at for at in range(len(before)) if turned(step.tape, node, at) == axis]
        if len(kept) != 1:
            return None
        ref, axis = node.parents[0], kept[0]
    return None
