"""Samples that a recurrent layer, or an attention, reads as the steps of one single sequence."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.axes.samples_axis import samples_axis
from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.trials.alternatives import alternatives
from shapecheck.capture.instruments.trials.separation import is_apart, probe, separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import RECURRENT
from shapecheck.findings import Fix

_ARGUMENTS = 9


def unbatched(step: Step, ways: list[Way]) -> Iterator[Sighting]:
    """A layer that walks along items which were drawn in random order, each a sample of its own.

    Rows that simply follow each other may well be one sequence; only the random order says that they are not.
    """
    drawn = [way for way in ways if 0 in way.moves and not way.apart and samples_axis(step.tape, way.source) == 0]
    if drawn:
        yield from _attended(step, drawn)
    for node in step.of_loss if drawn else ():
        if node.name not in RECURRENT or len(node.args) != _ARGUMENTS:
            continue
        batch_first = node.args[8]
        shape = step.tape.shape(node.parents[0])
        if not isinstance(batch_first, bool) or len(shape) != 3:
            continue
        batch, time = (0, 1) if batch_first else (1, 0)
        if shape[batch] != 1 or shape[time] < 2 or _is_one_of_many_rounds(step, node):
            continue
        for way in drawn:
            if separate_axes(way.moves[0].masks(node.parents[0])) == [time] and _is_mended(step, way, node.index):
                yield _told(step, way, node)
                return


def _is_one_of_many_rounds(step: Step, node: Node) -> bool:
    """Whether a loop calls the layer and hands its state on: there the steps lie along another axis."""
    rounds = [other for other in step.of_loss if other is node or other.repeats(node)]
    return any(set(one.outs) & set(other.parents[1:3]) for one, other in pairwise(rounds))


def _attended(step: Step, drawn: list[Way]) -> Iterator[Sighting]:
    """Attentions that were given a matrix, which is one sequence to them, with a sample in each row."""
    nodes = step.of_loss
    nodes = [n for n in nodes if n.name == "multi_head_attention_forward" and len(step.tape.shape(n.parents[0])) == 2]
    runs = {node.index: _each_alone(node) for node in nodes}
    goals = [term.ref for term in step.terms]
    # Points of one set may well be drawn at random and attend to each other: only a loader draws samples.
    loaded = [way for way in drawn if step.tape.nodes[way.source.node].collated]
    for way in loaded if nodes else ():
        if separate_axes(way.moves[0].masks(nodes[0].parents[0])) != [0]:
            continue
        try:
            is_mended = is_apart(probe(step, way.source, 0, runs), goals)
        except Exception:
            # It does not fit, so it was not meant.
            continue
        if is_mended:
            yield _told(step, way, nodes[0])
            return


def _each_alone(node: Node) -> Run:
    def run(query: Tensor, key: Tensor, value: Tensor, *args: Any, **kwargs: Any) -> Any:
        turned = [item.unsqueeze(0) for item in (query, key, value)]
        out, weights = node.function(*turned, *args, **kwargs)  # type: ignore[misc]
        return out.squeeze(0), weights

    return run


def _is_mended(step: Step, way: Way, index: int) -> bool:
    goals = [term.ref for term in step.terms]
    for other in alternatives(step, index):
        if other.kind != "batch_first":
            continue
        try:
            after = probe(step, way.source, 0, other.instead)
        except Exception:
            # It does not fit, so it was not meant.
            continue
        if is_apart(after, goals):
            return True
    return False


def _told(step: Step, way: Way, node: Node) -> Sighting:
    made = step.node(node.parents[0].node)
    own = made.name == "unsqueeze" and made.spot is not None and node.spot is not None
    own = own and made.spot.instruction == node.spot.instruction  # type: ignore[union-attr]
    shape = step.tape.shape(made.parents[0] if own and made.parents else node.parents[0])
    size = step.tape.shape(way.source)[0]
    text = (
        f"{node.name} takes its input {shape} for one sequence of {size} steps, and these steps are {size} samples "
        "that were drawn in random order: each row's loss moved when a row above it was replaced"
    )
    fix = Fix("x.unsqueeze(1): a batch of sequences of one step", (), "call", "each sample keeps to itself")
    return sighted("samples_as_one_sequence", node, text, (fix,))


PROBE = Probe(
    "no recurrent layer and no attention takes the samples for one sequence",
    lambda look: unbatched(look.step, look.ways),
)
