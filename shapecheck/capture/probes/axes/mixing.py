"""Does every sample keep to itself on its way from the inputs to the terms of the loss?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from shapecheck.capture.instruments.axes.axial import goes_along_the_other_axis
from shapecheck.capture.instruments.axes.batch_statistics import is_of_whole_batch
from shapecheck.capture.instruments.axes.contracted import contraction
from shapecheck.capture.instruments.axes.crossings import crossings
from shapecheck.capture.instruments.axes.crowded import crowded_cuts
from shapecheck.capture.instruments.axes.held_still import are_held_still
from shapecheck.capture.instruments.axes.met_again import is_meant_both_ways
from shapecheck.capture.instruments.axes.mixed import KINDS, replaced_sample, told, told_of_both
from shapecheck.capture.instruments.axes.one_of_many import is_one_of_many
from shapecheck.capture.instruments.axes.put_back import is_of_samples
from shapecheck.capture.instruments.axes.slid import are_of_sequences
from shapecheck.capture.instruments.axes.standardised import STATISTICS
from shapecheck.capture.instruments.axes.ways import Way, batch_size, beside_moves
from shapecheck.capture.instruments.rows.chosen_among import is_chosen_among
from shapecheck.capture.instruments.rows.comparisons import apart_until_compared
from shapecheck.capture.instruments.rows.cut_alike import is_cut_alike
from shapecheck.capture.instruments.rows.numbers_of_rows import numbers_rows
from shapecheck.capture.instruments.rows.pair_tables import is_reduced_both_ways
from shapecheck.capture.instruments.steps.cells_walked import told_of_cells, told_of_walk
from shapecheck.capture.instruments.steps.displaced import displaced
from shapecheck.capture.instruments.steps.turns import told_of_turn, turns
from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.instruments.trials.alternatives import alternatives
from shapecheck.capture.instruments.trials.separation import (
    are_apart_where_they_move,
    are_still_reached,
    first_mixed,
    first_overlapping,
    is_apart,
    is_mixed,
    last_mixed,
    may_be_apart,
    probe,
)
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import CannotTellError, Look, Probe, Turn
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ATTENTIONS, COPIES, RECURRENT, SOFTMAXES

# What may keep samples from each other up to where a loss holds each against each.
_BEFORE_TABLES = frozenset(["along", "batch_first", "attention", "select", "reshape", "realigned"])
_LAYERS = frozenset(["batch_first", "attention"])
_OF_LAYERS = frozenset(KINDS[kind] for kind in _LAYERS)
# What is tried beside a layer that takes the samples for steps.
_AT_ONCE = _LAYERS | {"along", "select", "reshape"}
_EXACT = 1e-7
_OUTCOME = "each sample keeps to itself"
_COPIES = COPIES | {"repeat_interleave"}


def mixing(look: Look) -> Iterator[Sighting]:
    """Inputs of which no axis stays apart although a small change would make one."""
    step, ways, batch_axes = look.step, look.ways, beside_moves(look.step, look.ways) | look.batch_axes
    if not step.terms:
        raise CannotTellError("what the loss adds up could not be told")
    if not step.inputs:
        raise CannotTellError("no input of the model was found")
    size = batch_size(step, ways)
    cut_up = {one.source for one in look.smeared}
    for way in ways:
        if way.source in cut_up:
            # What it holds are no samples, however they are kept apart.
            continue
        shape = step.tape.shape(way.source)
        if way.source in look.states:
            # Its samples are where torch wants them, whatever became of the data.
            continue
        if way.source not in batch_axes and (is_one_of_many(step, way.source) or numbers_rows(step, way.source)):
            continue
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
        if len(wanted) > 1 and any(may_be_apart(step, way.moves[axis]) for axis in wanted):
            # These are the samples, of some of which nothing is asked, or which a margin stops.
            continue
        found = [seen for axis in wanted if (seen := _mended(look, way, axis)) is not None]
        # Where neither axis is known to hold the samples: what is asked of a whole layer may be right as it is.
        found.sort(key=lambda seen: seen.kind in _OF_LAYERS)
        axis = next((axis for axis in wanted if not _holds_samples(look, way.source, axis)), None)
        taken = (step.inputs.index(way.source), axis) if axis is not None else None
        yield from (replace(seen, taken_for_samples=taken) for seen in found[:1])


def _mended(look: Look, way: Way, axis: int) -> Sighting | None:
    step, moves = look.step, way.moves[axis]
    goals = [term.ref for term in step.terms]
    if are_apart_where_they_move(moves, goals):
        # Rounding takes what is left of some of them, which then move nothing.
        return None
    first = first_mixed(step, moves, goals)
    if first is not None and is_cut_alike(step, step.node(first)):
        # They mix in name only: what belongs together still meets.
        return None
    indices = [first, first_overlapping(step, moves, goals), last_mixed(step, moves, goals)]
    indices += crowded_cuts(step, moves, first) if first is not None else ()
    holds_samples = _holds_samples(look, way.source, axis)
    if first is not None and holds_samples:
        indices += crossings(step, way, axis, look.ways, first)
    for index in dict.fromkeys(indices):
        seen = _mended_at(look, way, axis, index, goals) if index is not None else None
        if seen is not None:
            return seen
    last = max((index for index in indices if index is not None), default=-1)
    # Steps of one sequence without a batch may well be moved along the first axis.
    for node, other in displaced(step, way.source, axis, last) if holds_samples else ():
        if _keeps_apart(look, way, axis, other, goals):
            return told(step, way, axis, node, other)
    walks = first is not None and step.node(first).name in (*ATTENTIONS, *RECURRENT)
    for node, other in turns(step, way.source, last) if holds_samples and walks else ():
        if _keeps_apart(look, way, axis, other, goals):
            return told_of_turn(step, way.source, node, other, replaced_sample(step, way, axis))
    beside = any(one.is_only and (one.source, one.batch_axis) == (way.source, axis) for one in look.shifts)
    seen = told_of_cells(step, way, axis, goals) or told_of_walk(step, way, axis, goals, is_beside_time=beside)
    return seen or (_two_at_once(look, way, axis, first, goals) if first is not None and holds_samples else None)


def _holds_samples(look: Look, source: Ref, axis: int) -> bool:
    """Whether it is known, and not by behaviour alone, that an axis of an input counts samples."""
    if source in look.batch_axes:
        return look.batch_axes[source] == axis
    return axis == 0 and look.step.tape.nodes[source.node].collated


def _mended_at(look: Look, way: Way, axis: int, index: int, goals: list[Ref]) -> Sighting | None:
    step = look.step
    node = step.node(index)
    if node.name in ("lstm", "gru", "rnn_tanh", "rnn_relu", "multi_head_attention_forward"):
        sizes = step.tape.shape(node.parents[0])
        if len(sizes) != 3 or 1 in sizes[:2]:
            # One sequence at a time, which is the whole batch.
            return None
    size = step.tape.shape(way.source)[axis]
    node_shape = step.tape.shape(node.parents[0]) if node.parents else ()
    is_known = _holds_samples(look, way.source, axis)
    # Whole sequences one behind the other, or the steps of all: either is as good, and which it is nobody says.
    is_of_both = len(node_shape) == 3 and size == node_shape[0] * node_shape[1] and not is_known
    for other in _in_order(step, node):
        if other.kind in ("recut", "factors") and (
            size not in _cut(node, other) or _is_copied(step, way.source, index)
        ):
            # Groups of samples, which belong together; in which order copies lie is another question.
            continue
        if other.kind in ("batch_first", "attention") and is_of_both:
            continue
        if other.kind == "slid" and not is_known and not are_of_sequences(step):
            # With time in front a convolution of a single sequence would slide along it rightly.
            continue
        is_standardised = other.kind in ("whole", "features") and node.name in STATISTICS | {"layer_norm"}
        is_of_features = other.kind == "features" or (other.kind == "whole" and other.new)
        has_targets = is_of_features and any(step.tape.shape(ref) == (size,) for ref in step.targets)
        is_of_nodes = len(node_shape) == 2 and node.name == "layer_norm"
        if is_standardised and not is_known and (is_of_nodes or (len(node_shape) == 3 and not has_targets)):
            # The nodes of a graph, or the steps of one sequence, which may well be standardised as a whole.
            continue
        if other.kind == "together" and any(is_of_whole_batch(step, step.node(at)) for at in other.instead):
            continue
        if other.kind == "along" and (is_of_whole_batch(step, node) or _is_meant_along(step, node, other)):
            continue
        if other.kind == "attention" and goes_along_the_other_axis(step, node, way.moves[axis]):
            continue
        if (other.kind == "realigned" or way.moves[axis].stopped) and not is_mixed(way.moves[axis], goals):
            # A mask leaves a sample out, or a margin stops it, which then moves nothing.
            continue
        if other.kind in ("kept", "realigned") and is_meant_both_ways(step, node):
            continue
        if other.kind == "put_back" and not is_of_samples(step, node, other, holds_samples=is_known):
            continue
        if _keeps_apart(look, way, axis, other, goals):
            return told(step, way, axis, node, other)
    return None


def _two_at_once(look: Look, way: Way, axis: int, first: int, goals: list[Ref]) -> Sighting | None:
    """Two places that mix samples, of which either alone would leave them mixed: a layer along the samples, and more.

    That the layer takes the samples of a loader for steps is known; what else would keep them apart is tried behind it.
    """
    step = look.step
    for one in _of_places(step, first):
        try:
            after = probe(step, way.source, axis, one.instead, relative=_EXACT)
        except Exception:
            # It does not fit, so it was not meant.
            continue
        second = first_mixed(step, after, goals)
        for other in _of_places(step, second) if second is not None and second not in one.instead else ():
            both = replace(one, instead=one.instead | other.instead)
            if _LAYERS & {one.kind, other.kind} and second is not None and _keeps_apart(look, way, axis, both, goals):
                seen, more = (told(step, way, axis, step.node(at), it) for at, it in ((first, one), (second, other)))
                return told_of_both(seen, more)
    return None


def _of_places(step: Step, index: int) -> Iterator[Alternative]:
    return (other for other in _in_order(step, step.node(index)) if other.kind in _AT_ONCE)


def _is_meant_along(step: Step, node: Node, other: Alternative) -> bool:
    if node.name in SOFTMAXES and is_chosen_among(step, node, other.old):
        return True
    return isinstance(other.new, int) and is_reduced_both_ways(step, node, other.old, other.new)


def _in_order(step: Step, node: Node) -> Iterable[Alternative]:
    """What could be tried; of weights first the axis that is summed over with them."""
    summed = contraction(step, node) if node.name == "softmax" else None
    if summed is None:
        return alternatives(step, node.index)
    return sorted(alternatives(step, node.index), key=lambda other: other.kind != "along" or other.new != summed.axis)


def _keeps_apart(look: Look, way: Way, axis: int, other: Alternative, goals: list[Ref]) -> bool:
    """Whether with a change the samples keep to themselves, in this input and in those in which they did before."""
    step = look.step
    try:
        # What keeps samples apart leaves the others as they are, bit for bit; what hardly mixes them mixes them.
        after = probe(step, way.source, axis, other.instead, relative=_EXACT)
    except Exception:
        # It does not fit, so it was not meant.
        return False
    if not is_apart(after, goals):
        can_be_compared = other.kind in _BEFORE_TABLES and axis == 0
        return can_be_compared and apart_until_compared(step, way.moves[axis], after)
    if other.kind == "kept" and not are_still_reached(way.moves[axis], after, goals):
        return False
    others = [one for one in look.ways if one.apart and one.source != way.source and one.source not in look.states]
    if not _holds_samples(look, way.source, axis) and are_held_still(step, others, other.instead):
        return False
    held = ((one.source, look.batch_axes.get(one.source, one.apart[0])) for one in others)
    kept = (probe(step, source, axis, other.instead) for source, axis in held)
    return all(is_apart(moves, goals, but_clipped=True) for moves in kept)


def _cut(node: Node, other: Alternative) -> tuple[int, ...]:
    at = other.new if isinstance(other.new, int) else 0
    return node.shapes[0][at : at + 2]


def _is_copied(step: Step, source: Ref, before: int) -> bool:
    made = descendants(step.tape, {source}, (index for index in step.order if index < before))
    joins = (node for node in map(step.node, made) if node.name in ("cat", "stack"))
    return any(step.node(index).name in _COPIES for index in made) or any(
        len(set(node.parents)) < len(node.parents) for node in joins
    )


PROBE = Probe(
    "each sample has its own terms of the loss",
    mixing,
    turn=Turn.FIRST,
    of_samples=True,
)
