"""Recurrent layers that a loop over the steps hands one step of all samples, which they take for a sequence."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from shapecheck.capture.instruments.axes.strands import aligned
from shapecheck.capture.instruments.axes.woven import Weave
from shapecheck.capture.instruments.tensors.made import at_constructor, outer_layer
from shapecheck.capture.instruments.tensors.one_item import item_of_index, one_item, one_step
from shapecheck.capture.instruments.trials.sighting import Sighting, in_constructor, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import RECURRENT
from shapecheck.findings import Fix

_ARGUMENTS = 9
_NEXT = (slice(None), slice(1, None))


def stepped_along_samples(look: Look) -> Iterator[Sighting]:
    """``out, h = gru(x[:, t].unsqueeze(1), h)`` for each ``t``, and the layer is not made with ``batch_first``.

    The loop goes along axis 1, step by step, and hands the state on: along axis 0, which the layer takes for steps in
    each round, lie no steps. Who takes a step as ``x[:, t : t + 1]``, or reads ``out[-1]`` or the state alone, may go
    from part to part of one long sequence: there something else must say that axis 0 holds samples.
    """
    step = look.step
    calls: dict[object, list[Node]] = {}
    for node in step.of_loss:
        if node.name in RECURRENT and len(node.args) == _ARGUMENTS and node.args[8] is False and node.spot is not None:
            calls.setdefault((node.spot.place, id(node.module)), []).append(node)
    for nodes in calls.values():
        if len(nodes) < 2 or not all(set(one.outs) & set(other.parents[1:]) for one, other in pairwise(nodes)):
            continue
        taken = [_taken(step, look.weave, node, before) for node, before in pairwise([*nodes[::-1], None]) if node]
        steps = [found[1] for found in taken if found is not None]
        if len(steps) < len(nodes) or len(set(steps)) < len(steps):
            continue
        is_cut = any(found is not None and found[2] for found in taken)
        if (is_cut or _are_read_as_steps(step, nodes[0])) and not _are_samples(look, nodes):
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


def _taken(step: Step, weave: Weave, node: Node, before: Node | None) -> tuple[Ref, int, bool] | None:
    """What has the samples in front, which item of its axis 1 a layer is handed, and whether it was cut out of it.

    Args:
        step: The step.
        weave: What the axes are made of.
        node: The call of the layer.
        before: The call in the round before, whose item comes on with the state.
    """
    shape = step.tape.shape(node.parents[0])
    if len(shape) != 3 or shape[1] != 1 or shape[0] < 2:
        return None
    rows = weave.of(node.parents[0])[0].whole
    known = set(ancestors(step.tape, before.parents, step.first)) if before is not None else set()
    for at in ancestors(step.tape, node.parents[:1], step.first) if rows is not None else ():
        taken = step.node(at)
        if at in known or not taken.parents:
            continue
        axes = weave.of(taken.parents[0])
        picked, cut = _one_item(taken), one_step(taken, step.tape.shape(taken.parents[0]))
        found = picked or cut
        if found is None or found[0] != 1 or axes[0].whole != rows or axes[0].origins & axes[1].origins:
            continue
        return taken.parents[0], found[1], picked is None
    return None


def _one_item(node: Node) -> tuple[int, int] | None:
    """The axis and the item that it takes, also where it gives another axis at once: ``x[:, t, None]``."""
    if node.name != "__getitem__":
        return one_item(node)
    return item_of_index(tuple(part for part in node.index_parts if part is not None))


def _are_read_as_steps(step: Step, node: Node) -> bool:
    """Whether what a layer returns is left before it is joined with anything, or loses items of its axis 0."""
    size, reached = node.shapes[0][0], step.readers(node.ref)
    if not reached:
        return True
    while reached:
        reader = reached.pop()
        if sum(step.node(ref.node).kind != "parameter" for ref in reader.parents) > 1:
            continue
        if not reader.shapes or reader.shapes[0][:1] != (size,):
            return True
        reached += step.readers(reader)
    return False


def _are_samples(look: Look, nodes: list[Node]) -> bool:
    """Whether more than the loop says that axis 0 of what a layer is handed holds samples.

    Either it is known of an input, or what comes next along axis 1 is asked for, or another layer, which reads samples
    along that axis, has made what each round is joined with.
    """
    step, weave = look.step, look.weave
    rows = _origins(weave, nodes[0].parents[0], 0)
    for source in step.inputs:
        is_collated = step.tape.nodes[source.node].collated
        if look.batch_axes.get(source, 0 if is_collated else None) == 0 and _origins(weave, source, 0) == rows:
            return True
    for node in map(step.node, step.order):
        is_data = node.name == "__getitem__" and node.parents[0] not in step.learned
        if is_data and node.args[1] == _NEXT and _origins(weave, node.parents[0], 0) == rows:
            return True
    apart = {origin for node in step.of_loss if node.module is not nodes[0].module for origin in _apart(weave, node)}
    within = {*ancestors(step.tape, nodes[-1].parents[:1], step.first)}
    met = (aligned(one, other) for node, one, other in weave.meetings if node.index in within)
    pairs = ([axis.origins for axis in pair] for pairs in met for pair in pairs)
    return bool(rows & apart) or any(rows in pair and any(ends & apart for ends in pair) for pair in pairs)


def _apart(weave: Weave, node: Node) -> frozenset[int]:
    """The axis that a layer takes for the samples: one that reads a sequence of each."""
    if not node.parents or len(weave.of(node.parents[0])) != 3:
        return frozenset()
    is_recurrent = node.name in RECURRENT and len(node.args) == _ARGUMENTS
    if is_recurrent or node.name == "multi_head_attention_forward":
        return _origins(weave, node.parents[0], 0 if is_recurrent and node.args[8] is True else 1)
    return frozenset()


def _origins(weave: Weave, ref: Ref, axis: int) -> frozenset[int]:
    return frozenset(map(weave.first_of, weave.of(ref)[axis].origins))


PROBE = Probe(
    "no recurrent layer walks along the samples of one step",
    stepped_along_samples,
)
