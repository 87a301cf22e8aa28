"""Poolings along the features that leave one number of each position, which a layer then reads for the features."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.features_axis import features_of, followed
from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.axes.spelt import is_for_positions, is_otherwise_named, size_made, size_read
from shapecheck.capture.instruments.tensors.makers import maker
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import POOLS
from shapecheck.findings import Edit, Fix

_TO_ONE = frozenset(["adaptive_avg_pool1d", "adaptive_max_pool1d"])
_JOINS = frozenset(["mul", "cat", "matmul", "bmm", "einsum", "add", "where"])


def read_positions(step: Step) -> Iterator[Sighting]:
    """One number of each position goes into a Linear, which fits because there are as many positions as features.

    The positions are those of a sequence, or the rows or columns of a map whose other axis is pooled as well. What
    weighs the positions afterwards, such as an attention over them, is meant, and so is a layer that is named for
    positions, or follows a table that gives each position a place of its own.
    """
    features = features_of(step.tape, step.order)
    for node in step.of_loss:
        source = node.parents[0] if node.parents else None
        if source not in features or len(step.tape.shape(source)) not in (3, 4):
            continue
        shape, axis = step.tape.shape(source), features[source]
        for kept in _kept(step, node, shape, axis):
            reader = _reader(step, node, _left(step, node, kept))
            if reader is None or is_for_positions(size_read(step, reader)) or _is_sum_of_products(step, node):
                continue
            if len(shape) == 4 and len(step.tape.shape(reader.parents[0])) > 2:
                # A layer that runs along the rows or columns of a map is meant for them.
                continue
            if _answers(step, reader) == shape[kept]:
                # At which of the positions something is may well be what is asked.
                continue
            made = maker(step, source)
            if made is not None and is_otherwise_named(size_made(step, made), size_read(step, reader)):
                continue
            if not _goes_back(step, reader, source) and not _has_places(step, source, shape, kept):
                yield _told(step, node, shape, axis, kept)
                return


def _kept(step: Step, node: Node, shape: tuple[int, ...], axis: int) -> list[int]:
    """The axes of positions that a pooling along the features leaves, of which there are as many as of features."""
    pooled = reduced_axes(step, node) if node.name in POOLS else ()
    if node.name in _TO_ONE and node.shapes[0][-1] == 1:
        pooled = (2,)
    if axis == 0 or axis not in pooled or 0 in pooled or shape[axis] < 2:
        return []
    return [at for at in range(1, len(shape)) if at not in pooled and shape[at] == shape[axis]]


def _told(step: Step, node: Node, shape: tuple[int, ...], axis: int, kept: int) -> Sighting:
    text = (
        f"{node.name} runs along axis {axis} of {shape}, which holds the features, by the layer that made them. "
        f"What is left is one number of each of the {shape[kept]} positions, and Linear reads these for the "
        "features, of which there are as many: each position has weights of its own, and what the features say is "
        "gone"
    )
    new = tuple(at for at in range(1, len(shape)) if at != axis)
    said: int | tuple[int, ...] = new[0] if len(new) == 1 else new
    return sighted("positions_read_as_features", node, text, (Fix(f"dim={said}", _edits(step, node, said), "no"),))


def _left(step: Step, node: Node, kept: int) -> int:
    """Where the positions lie in what comes out."""
    if len(node.shapes[0]) == len(step.tape.shape(node.parents[0])):
        return kept
    return kept - sum(at < kept for at in reduced_axes(step, node))


def _reader(step: Step, node: Node, axis: int) -> Node | None:
    """The Linear that reads the positions for its features."""
    later = [index for index in step.order if index > node.index]
    held = followed(step.tape, {node.ref: axis}, later)
    for index in later:
        other = step.node(index)
        if other.name == "linear" and held.get(other.parents[0]) == len(step.tape.shape(other.parents[0])) - 1:
            return other
    return None


def _answers(step: Step, reader: Node) -> int:
    """How many numbers the last Linear says that is given what a layer says."""
    behind = map(step.node, [reader.index, *descendants(step.tape, {reader.ref}, step.order)])
    return [node.shapes[0][-1] for node in behind if node.name == "linear"][-1]


def _is_sum_of_products(step: Step, node: Node) -> bool:
    """Whether what is added up are products of two tensors that are made of parameters: scores."""
    if node.name not in ("sum", "mean"):
        return False
    made = step.node(node.parents[0].node)
    return made.name == "mul" and len([ref for ref in made.parents if ref in step.learned]) > 1


def _goes_back(step: Step, reader: Node, source: Ref) -> bool:
    """Whether what the layer says meets what was pooled once more."""
    reached = {Ref(index) for index in descendants(step.tape, {reader.ref}, step.order)} | {reader.ref}
    pooled = {Ref(index) for index in descendants(step.tape, {source}, step.order)} | {source}
    behind = ancestors(step.tape, [source], step.first)
    for ref in reached:
        node = step.node(ref.node)
        if node.name not in _JOINS or not any(parent in reached for parent in node.parents):
            continue
        others = [parent for parent in node.parents if parent not in reached]
        if any((parent in pooled or parent.node in behind) and len(step.tape.shape(parent)) > 2 for parent in others):
            return True
    return False


def _has_places(step: Step, source: Ref, shape: tuple[int, ...], kept: int) -> bool:
    """Whether a table was added or multiplied on the way: of the size of one sample, or of a map's rows or columns."""
    front = 1 if len(shape) == 3 else kept
    last = len(shape) if len(shape) == 3 else kept + 1
    for index in ancestors(step.tape, [source], step.first):
        for parent in step.node(index).parents:
            is_held = step.node(parent.node).kind == "parameter" or parent in step.inner
            sizes = step.tape.shape(parent)
            is_as_large = (
                len(sizes) >= len(shape) - front and sizes[front - len(shape) :][: last - front] == shape[front:last]
            )
            if is_held and step.node(index).name in _JOINS and is_as_large and sizes != shape:
                return True
    return False


def _edits(step: Step, node: Node, new: int | tuple[int, ...]) -> tuple[Edit, ...]:
    """The change to the source; none where it pools twice, in a line or one after the other: half of it were none."""
    if isinstance(new, tuple) and (len(reduced_axes(step, node)) != len(new) or node.name in ("max", "min")):
        return ()
    twins = [node for node in step.nodes if node.name in POOLS]
    lines = [other.spot.line for other in twins if other.spot is not None and other.parents[:1] == node.parents[:1]]
    if node.name in _TO_ONE or node.spot is None or lines.count(node.spot.line) > 1:
        return ()
    return other_axis(node, new)


PROBE = Probe(
    "poolings in front of a layer leave it the features, not the positions",
    lambda look: read_positions(look.step),
)
