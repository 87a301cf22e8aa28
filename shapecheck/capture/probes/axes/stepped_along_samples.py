"""Recurrent layers that a loop over the steps hands one step of all samples, which they take for a sequence."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from shapecheck.capture.instruments.axes.woven import Weave
from shapecheck.capture.instruments.tensors.made import at_constructor, outer_layer
from shapecheck.capture.instruments.tensors.one_item import item_of_index, one_item
from shapecheck.capture.instruments.trials.sighting import Sighting, in_constructor, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import RECURRENT
from shapecheck.findings import Fix

_ARGUMENTS = 9


def stepped_along_samples(look: Look) -> Iterator[Sighting]:
    """``out, h = gru(x[:, t].unsqueeze(1), h)`` for each ``t``, and the layer is not made with ``batch_first``.

    The loop goes along axis 1, step by step, and hands the state on: along axis 0, which the layer takes for steps in
    each round, lie no steps.
    """
    step = look.step
    calls: dict[object, list[Node]] = {}
    for node in step.of_loss:
        if node.name in RECURRENT and len(node.args) == _ARGUMENTS and node.args[8] is False and node.spot is not None:
            calls.setdefault((node.spot.place, id(node.module)), []).append(node)
    for nodes in calls.values():
        if len(nodes) < 2 or not all(set(one.outs) & set(other.parents[1:]) for one, other in pairwise(nodes)):
            continue
        steps = [_step_of(step, look.weave, node) for node in nodes]
        if None in steps or len(set(steps)) < len(steps):
            continue
        made = outer_layer(step, nodes[0], "batch_first")
        shape = step.tape.shape(nodes[0].parents[0])
        text = (
            f"{nodes[0].name} is handed {shape} in each of {len(nodes)} rounds, one step of {shape[0]} samples, and "
            f"takes it for a sequence of {shape[0]} steps: it walks from one sample to the next"
        )
        fix = Fix("batch_first=True", in_constructor(made, "batch_first=True"), "no", "each sample keeps to itself")
        yield at_constructor(made, sighted("recurrent_along_batch", nodes[0], text, (fix,)))
        return


def _step_of(step: Step, weave: Weave, node: Node) -> int | None:
    """Which item of axis 1 was taken of what has the samples in front, and is handed to a layer as a sequence."""
    shape = step.tape.shape(node.parents[0])
    if len(shape) != 3 or shape[1] != 1 or shape[0] < 2:
        return None
    rows = weave.of(node.parents[0])[0].whole
    for at in ancestors(step.tape, node.parents[:1], step.first) if rows is not None else ():
        taken = step.node(at)
        found = _one_item(taken) if taken.parents else None
        if found is not None and found[0] == 1 and weave.of(taken.parents[0])[0].whole == rows:
            return found[1]
    return None


def _one_item(node: Node) -> tuple[int, int] | None:
    """The axis and the item that it takes, also where it gives another axis at once: ``x[:, t, None]``."""
    if node.name != "__getitem__":
        return one_item(node)
    return item_of_index(tuple(part for part in node.index_parts if part is not None))


PROBE = Probe(
    "no recurrent layer walks along the samples of one step",
    stepped_along_samples,
)
