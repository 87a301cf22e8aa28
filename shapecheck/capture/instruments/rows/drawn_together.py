"""Tensors of a step whose rows are the same samples: those of one batch, by the way their rows were picked."""

from __future__ import annotations

from collections.abc import Hashable

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS


def drawn_together(step: Step) -> list[Ref]:
    """Inputs and targets with the samples of the batch along their first axis; none if no input is among them.

    One loader put them together of the same rows, or the same index picked their rows out of as many.
    """
    known = {ref: key for ref in (*step.inputs, *_targets(step)) if (key := picked_by(step, ref)) is not None}
    own = {known[ref] for ref in step.inputs if ref in known}
    if len(own) != 1:
        return []
    return [ref for ref, key in known.items() if key in own]


def _targets(step: Step) -> list[Ref]:
    """The targets; of a store of which the step reads one slice only, this slice."""
    found = []
    for ref in step.targets:
        readers = step.readers(ref)
        is_cut = len(readers) == 1 and _index(step, readers[0]) is not None and readers[0].parents[0] == ref
        found.append(Ref(readers[0].index) if is_cut else ref)
    return found


def picked_by(step: Step, ref: Ref) -> Hashable | None:
    """By what the rows of a tensor were picked, out of how many: the same of two that hold the same samples."""
    shape = step.tape.shape(ref)
    if not shape or shape[0] < 2:
        return None
    for at, node in backwards(step.tape, ref, CONVERTS):
        draw = step.tape.drawn.get(at.node)
        if draw is not None:
            return draw.data, draw.rows
        index = _index(step, node)
        if index is not None:
            return index
        if node.name in ("split", "chunk") and len(node.args) == 2 and isinstance(node.args[1], int):
            # Pieces of one size along the first axis: the same piece of what is as long has the same rows.
            return node.name, node.args[1], at.out, step.tape.shape(node.parents[0])[0]
    return None


def _index(step: Step, node: Node) -> Hashable | None:
    """By what, and out of how many, rows were picked."""
    if node.name != "__getitem__" or len(node.args) < 2:
        return None
    rows, index = step.tape.shape(node.parents[0])[0], node.args[1]
    if isinstance(index, Ref) and len(step.tape.shape(index)) == 1 and step.tape.shape(index)[0] < rows:
        return index, rows
    if isinstance(index, slice) and index.step is None and len(node.parents) == 1 and node.shapes[0][0] < rows:
        return index.start, index.stop, rows
    return None
