"""Inputs that are one place of a larger tensor: their own axes hold no samples."""

from __future__ import annotations

from shapecheck.capture.instruments.tensors.makers import ELEMENTWISE
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref

_PADS = frozenset(["pad_sequence", "pack_sequence"])
_HOPS = 4


def is_one_of_many(step: Step, source: Ref) -> bool:
    """Whether it is one place of a larger tensor: one sample, or one step, whose own axes hold no samples.

    Nor do a few numbers that stand in a model itself, such as those of a map that changes nothing.
    """
    made = step.node(source.node)
    if made.name == "tensor" and made.root >= 0 and len(made.shapes[0]) == 1 and made.dtypes[0].is_floating_point:
        return True
    readers = step.readers(source)
    if readers and all(node.name in _PADS or _joins_rows(step, node) or _is_filled_up(step, node) for node in readers):
        return True
    writes = (node for node in step.nodes if node.name == "__setitem__")
    return any(node.args[2:3] == (source,) and _is_of_one(node.args[1]) for node in writes)


def _is_filled_up(step: Step, node: Node, hops: int = _HOPS) -> bool:
    """Whether it works on one sequence alone, such as its embedding, which is then filled up to the longest."""
    beside = [parent for parent in node.parents if step.node(parent.node).kind != "parameter"]
    is_alone = len(beside) == 1 and (len(node.parents) > 1 or node.name in ELEMENTWISE)
    readers = step.readers(node) if is_alone and hops else []
    return bool(readers) and all(one.name in _PADS or _is_filled_up(step, one, hops - 1) for one in readers)


def _joins_rows(step: Step, node: Node) -> bool:
    """Whether it puts several rows of numbers together, outside of any model."""
    is_join = node.name in ("cat", "stack") and node.root < 0 and len(node.parents) > 2
    return is_join and all(len(step.tape.shape(parent)) == 1 for parent in node.parents)


def _is_of_one(index: object) -> bool:
    return any(isinstance(part, int) for part in (index if isinstance(index, tuple) else (index,)))
