"""Does every sample keep to itself on its way from the inputs to the terms of the loss?"""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from shapecheck.capture.instruments.alternatives import Alternative, alternatives
from shapecheck.capture.instruments.separation import first_mixed, first_overlapping, is_apart, probe
from shapecheck.capture.instruments.sighting import (
    Sighting,
    in_constructor,
    one_for_each,
    other_axis,
    other_item,
    sighted,
    turned_before,
)
from shapecheck.capture.instruments.ways import Way, batch_size
from shapecheck.capture.probe import CannotTellError, Look, Probe, Turn
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Edit, Fix

_KINDS = {
    "batch_first": "recurrent_along_batch",
    "attention": "attention_along_batch",
    "select": "item_of_wrong_axis",
    "reshape": "reshaped_instead_of_permuted",
    "recut": "reshaped_instead_of_permuted",
    "joined": "reshaped_instead_of_permuted",
    "along": "reduced_along_batch",
    "whole": "reduced_along_batch",
    "realigned": "spread_along_other_axis",
}
_OUTCOME = "each sample keeps to itself"
_COPIES = frozenset(["repeat", "repeat_interleave", "expand", "expand_as", "tile", "broadcast_to"])


def mixing(look: Look) -> Iterator[Sighting]:
    """Inputs of which no axis stays apart although a small change would make one."""
    step, ways, batch_axes = look.step, look.ways, look.batch_axes
    if not step.terms:
        raise CannotTellError("what the loss adds up could not be told")
    if not step.inputs:
        raise CannotTellError("no input of the model was found")
    size = batch_size(step, ways)
    for way in ways:
        shape = step.tape.shape(way.source)
        wanted = [batch_axes[way.source]] if way.source in batch_axes else [*way.moves]
        if size is not None and way.source not in batch_axes:
            wanted = [axis for axis in wanted if shape[axis] == size]
        open_axes = {axis for axis, items in enumerate(shape[:2]) if items > 1} - {*way.moves}
        if open_axes and way.source not in batch_axes:
            # Of an axis that could not be probed nothing is known, so the other one is not known to be wrong.
            continue
        wanted = [axis for axis in wanted if axis in way.moves]
        if not wanted or any(axis in way.apart for axis in wanted):
            continue
        for axis in wanted:
            seen = _mended(step, way, axis)
            if seen is not None:
                yield seen
                break


def _mended(step: Step, way: Way, axis: int) -> Sighting | None:
    goals = [term.ref for term in step.terms]
    first = first_mixed(step, way.moves[axis], goals)
    for index in dict.fromkeys((first, first_overlapping(step, way.moves[axis], goals))):
        seen = _mended_at(step, way, axis, index, goals) if index is not None else None
        if seen is not None:
            return seen
    return None


def _mended_at(step: Step, way: Way, axis: int, index: int, goals: list[Ref]) -> Sighting | None:
    node = step.node(index)
    if node.name in ("lstm", "gru", "rnn_tanh", "rnn_relu", "multi_head_attention_forward"):
        sizes = step.tape.shape(node.parents[0])
        if len(sizes) != 3 or 1 in sizes[:2]:
            # One sequence at a time, which is the whole batch.
            return None
    size = step.tape.shape(way.source)[axis]
    for other in alternatives(step, index):
        if other.kind == "recut" and (size not in node.shapes[0][:2] or _is_copied(step, way.source, index)):
            # Groups of samples, which belong together; in which order copies lie is another question.
            continue
        try:
            after = probe(step, way.source, axis, other.instead)
        except Exception:
            # It does not fit, so it was not meant.
            continue
        if is_apart(after, goals):
            return _told(step, way, axis, node, other)
    return None


def _is_copied(step: Step, source: Ref, before: int) -> bool:
    made = descendants(step.tape, {source}, (index for index in step.order if index < before))
    joins = (node for node in map(step.node, made) if node.name in ("cat", "stack"))
    return any(step.node(index).name in _COPIES for index in made) or any(
        len(set(node.parents)) < len(node.parents) for node in joins
    )


def _told(step: Step, way: Way, axis: int, node: Node, other: Alternative) -> Sighting:
    shape = step.tape.shape(way.source)
    text = (
        f"item {way.moves[axis].items[-1]} of axis {axis} of the input {shape} was replaced: behind this operation, "
        "which is the first, the samples are not apart any more, and terms of the loss that belong "
        "to other samples moved"
    )
    edits: tuple[Edit, ...] = ()
    title = other.title
    if other.kind == "batch_first":
        edits = in_constructor(node, other.title)
    elif other.kind == "attention" and isinstance(node.module, nn.MultiheadAttention):
        title = f"batch_first={not node.module.batch_first}"
        edits = in_constructor(node, title)
    elif other.kind == "reshape" and isinstance(other.new, tuple):
        edits = turned_before(node, other.new)
    elif other.kind == "select" and isinstance(other.new, int):
        edits = other_item(node, other.new, len(step.tape.shape(node.parents[0])))
    elif other.kind == "along":
        edits = other_axis(node, other.new)
    elif other.kind == "whole":
        edits = one_for_each(node, other.title)
    return sighted(_KINDS[other.kind], node, text, (Fix(title, edits, "call", _OUTCOME),))


PROBE = Probe(
    "each sample has its own terms of the loss",
    mixing,
    turn=Turn.FIRST,
)
