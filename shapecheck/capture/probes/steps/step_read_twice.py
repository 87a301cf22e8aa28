"""A loop that feeds a layer step by step, and is one step behind from the second one on."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.one_item import one_step
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix

_FEWEST = 4


def read_twice(step: Step) -> Iterator[Sighting]:
    """``now = x[:, 0]``, and in the loop ``layer(now); now = x[:, t]``: the steps 0, 0, 1, and so on, without the last.

    What asks for the last step as well, be it as a target, shifts its input on purpose.
    """
    slices: dict[tuple[Ref, int], list[tuple[Node, int]]] = {}
    for node in step.recorded:
        if node.name not in ("__getitem__", "select", "narrow") or not node.parents or node.index not in step.to_loss:
            continue
        found = one_step(node, step.tape.shape(node.parents[0]))
        if found is not None:
            slices.setdefault((node.parents[0], found[0]), []).append((node, found[1]))
    for (source, axis), taken in slices.items():
        nodes, size = [node for node, _ in taken], step.tape.shape(source)[axis]
        if size < _FEWEST or [at for _, at in taken] != [0, *range(size - 1)] or not _is_one_loop(nodes):
            continue
        if (
            _feed_one_layer(step, nodes)
            and _is_read_by_nobody_else(step, source, nodes)
            and not _is_asked(step, source, axis)
        ):
            yield _told(nodes[1], axis, size)
            return


def _is_one_loop(nodes: list[Node]) -> bool:
    """Whether all but the first one are taken by one instruction."""
    return nodes[0].spot is not None and not nodes[0].repeats(nodes[1]) and all(map(nodes[1].repeats, nodes[2:]))


def _feed_one_layer(step: Step, nodes: list[Node]) -> bool:
    """Whether each of them goes first into the same layer, call by call."""
    order = sorted(step.to_loss)
    calls: list[Node] = []
    for node in nodes:
        reached = (step.node(index) for index in descendants(step.tape, {node.ref}, order))
        first = next((other for other in reached if step.tape.has_parameter(other)), None)
        if first is None or (calls and not (first.repeats(calls[-1]) and first.index > calls[-1].index)):
            return False
        calls.append(first)
    return True


def _is_read_by_nobody_else(step: Step, source: Ref, nodes: list[Node]) -> bool:
    """Whether the tensor, and what it was made of in this step, is read for these steps alone."""
    known = {node.index for node in nodes}
    for ref, made in backwards(step.tape, source, None, first=step.first):
        if any(ref in step.node(index).parents for index in step.to_loss - known):
            return False
        if made.collated or made.index < step.first:
            return True
        if len([one for one in made.parents if step.node(one.node).kind != "parameter"]) > 1:
            return False
        known = {made.index}
    return True


def _is_asked(step: Step, source: Ref, axis: int) -> bool:
    """Whether some target holds, at the last step, what is there."""
    value = step.value(source)
    last = value.select(axis, value.shape[axis] - 1)
    for target in step.targets:
        shape = step.tape.shape(target)
        if len(shape) > axis and shape[axis] == value.shape[axis]:
            asked = step.value(target).select(axis, shape[axis] - 1)
            if asked.shape == last.shape and torch.equal(asked.to(last.dtype), last):
                return True
    return False


def _told(node: Node, axis: int, size: int) -> Sighting:
    text = (
        f"the layer is fed the steps 0, 0, 1, ... {size - 2} of axis {axis}: what is taken at the end of a round is "
        "the step of that round, which was read already, and not the next one. Each prediction but the first knows "
        f"the step before its own, and step {size - 1} is read by nobody"
    )
    return sighted("step_read_twice", node, text, (Fix("take the step of the next round", (), "no"),))


PROBE = Probe(
    "a loop over the steps of an input reads each of them",
    lambda look: read_twice(look.step),
)
